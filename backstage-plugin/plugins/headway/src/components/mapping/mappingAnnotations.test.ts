import { entityWith } from '../../testing/renderCard';
import {
  annotationLines,
  editUrlOf,
  mappingAnnotationOf,
} from './mappingAnnotations';

const named = (name: string, more: object = {}) => {
  const entity = entityWith();
  return { ...entity, metadata: { ...entity.metadata, name, ...more } };
};

describe('annotationLines', () => {
  it('names the application as the entity is called', () => {
    expect(annotationLines(named('payments', { namespace: 'default' }))).toBe(
      [
        'kind: Component',
        'metadata:',
        '  name: payments',
        '  annotations:',
        '    argocd/app-name: payments',
      ].join('\n'),
    );
  });

  it('says the namespace where it is not the default', () => {
    expect(annotationLines(named('payments', { namespace: 'shop' }))).toContain(
      '  namespace: shop\n',
    );
  });

  it.each(['true', '17', 'on', '1.5'])(
    'puts %s into quotes, which YAML would not read as text',
    name => {
      expect(annotationLines(named(name))).toContain(
        `argocd/app-name: '${name}'`,
      );
    },
  );
});

describe('mappingAnnotationOf', () => {
  it('takes the first that counts, and the instance', () => {
    expect(
      mappingAnnotationOf(
        entityWith({
          'argocd/app-selector': 'team=pay',
          'argocd/app-name': ' pay ',
          'argocd/instance-name': 'production',
        }),
      ),
    ).toEqual({
      name: 'argocd/app-name',
      value: 'pay',
      named: 'application called pay',
      instance: 'production',
    });
  });

  it('takes no empty one, and none that maps no deployments', () => {
    expect(
      mappingAnnotationOf(
        entityWith({
          'argocd/app-name': ' ',
          'github.com/project-slug': 'example/pay',
        }),
      ),
    ).toBeUndefined();
  });
});

describe('editUrlOf', () => {
  it('takes only addresses of the web', () => {
    const url = (value: string) =>
      editUrlOf(entityWith({ 'backstage.io/edit-url': value }));
    expect(url('https://example.com/edit')).toBe('https://example.com/edit');
    expect(url('data:text/html,x')).toBeUndefined();
    expect(editUrlOf(entityWith())).toBeUndefined();
  });
});

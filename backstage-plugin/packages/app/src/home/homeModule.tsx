import { MarkdownContent } from '@backstage/core-components';
import { createFrontendModule } from '@backstage/frontend-plugin-api';
import { HomePageWidgetBlueprint } from '@backstage/plugin-home-react/alpha';

const WELCOME = `
Open a component to see how it is delivered, and click a number to see what it was computed from:

- [publishing-api](/catalog/default/component/publishing-api), [etcd](/catalog/default/component/etcd) and
  [argo-rollouts](/catalog/default/component/argo-rollouts) are histories of real projects, measured as of August 2026.
- [my-service](/catalog/default/component/my-service) is for you: send it an event and watch its card.

\`\`\`
./headway import git PATH --entity component:default/my-service
\`\`\`
`;

const welcome = HomePageWidgetBlueprint.make({
  name: 'welcome',
  params: {
    name: 'Welcome',
    title: 'Welcome to Headway',
    components: async () => ({
      Content: () => <MarkdownContent content={WELCOME} />,
    }),
  },
});

/** What the first page says. */
export const homeModule = createFrontendModule({
  pluginId: 'home',
  extensions: [welcome],
});

// What the base line makes of an Application: one deployment for each entry of its history, and the stream itself. Less than Headway's own watcher makes of it
// (nothing of operations, of partial syncs, of what the entries mean together), in the same form.

const repositoryOf = url => {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([^/:]+)(?::\d+)?[/:](.+?)(?:\.git)?\/*$/i.exec(url ?? '');
  return match ? `${match[1].toLowerCase()}/${match[2]}` : '';
};

const timestamp = text => ({ seconds: Math.floor(Date.parse(text) / 1000), nanos: 0 });

const synced = (sources, revisions) =>
  sources.map((source, i) => ({ repository: repositoryOf(source.repoURL), revision: revisions[i] ?? '', chart: source.chart ?? '', path: source.path ?? '' }));

/** [natural key, observation] of everything in it. */
export function observationsOf(application, source) {
  const { metadata, spec, status = {} } = application;
  const stream = `${metadata.namespace}/${metadata.name}`;
  const destination = spec.destination ?? {};
  const cluster = destination.name || destination.server || '';
  const operation = status.operationState ?? {};
  const deployment = entry => {
    const key = `${stream}/${entry.id}/${entry.deployedAt}`;
    const isLatest = operation.startedAt === entry.deployStartedAt;
    const resources = (isLatest && operation.syncResult?.resources) || [];
    return [key, { source, deployment: {
      key, stream, environment: `${cluster}/${destination.namespace ?? ''}`, phase: 'SUCCEEDED', provenance: 'HISTORY', sequence: entry.id,
      startedAt: timestamp(entry.deployStartedAt ?? entry.deployedAt), finishedAt: timestamp(entry.deployedAt),
      automated: entry.initiatedBy?.automated ?? false, images: [...new Set(resources.flatMap(r => r.images ?? []))],
      synced: entry.sources ? synced(entry.sources, entry.revisions ?? []) : synced([entry.source ?? {}], [entry.revision]),
      version: isLatest && operation.phase === 'Succeeded' ? 2 : 1,
    } }];
  };
  return [
    [stream, { source, stream: {
      stream, version: 1, name: metadata.name, namespace: metadata.namespace, labels: metadata.labels ?? {}, destinationCluster: cluster,
      destinationNamespace: destination.namespace ?? '', project: spec.project ?? '',
      repositories: (spec.sources ?? [spec.source ?? {}]).map(s => repositoryOf(s.repoURL)),
    } }],
    ...(status.history ?? []).map(deployment),
  ];
}

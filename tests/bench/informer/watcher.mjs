// The base line of the benchmark of the Argo CD watcher: the stock informer of @kubernetes/client-node, writing the same to the same IngestService.
//   node watcher.mjs NODE_MODULES PROTO_FOLDER KUBECONFIG INGEST_ADDRESS NAMESPACE SOURCE
// Like the real one it sends only what is new, and sends again what was not acknowledged.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { observationsOf } from './observations.mjs';

const [modules, protos, kubeconfig, address, namespace, source] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(modules, 'x.js')));
const k8s = await import(pathToFileURL(require.resolve('@kubernetes/client-node')));
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const proto = grpc.loadPackageDefinition(loader.loadSync('headway/v1/ingest.proto', { includeDirs: [protos], longs: Number, enums: String, defaults: false }));
const ingest = new proto.headway.v1.IngestService(address, grpc.credentials.createInsecure());

const sent = new Map(); // natural key -> what was queued of it last, as text
const queue = [];
let isSending = false;

async function drain() {
  if (isSending) return;
  isSending = true;
  while (queue.length > 0) {
    const batch = queue.slice(0, 1000);
    const error = await new Promise(done => ingest.ingest({ observations: batch }, e => done(e)));
    if (error) {
      console.error(`ingest: ${error.message}`);
      await new Promise(done => setTimeout(done, 500));
    } else {
      queue.splice(0, batch.length);
    }
  }
  isSending = false;
}

function seen(application) {
  for (const [key, observation] of observationsOf(application, source)) {
    const text = JSON.stringify(observation);
    if (sent.get(key) !== text) {
      sent.set(key, text);
      queue.push(observation);
    }
  }
  drain();
}

const config = new k8s.KubeConfig();
config.loadFromFile(kubeconfig);
const api = config.makeApiClient(k8s.CustomObjectsApi);
const kind = { group: 'argoproj.io', version: 'v1alpha1', namespace, plural: 'applications' };
const informer = k8s.makeInformer(config, `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/applications`, () => api.listNamespacedCustomObject(kind));
informer.on('add', seen);
informer.on('update', seen);
informer.on('error', error => {
  console.error(`informer: ${error.message ?? error}`);
  setTimeout(() => informer.start(), 1000);
});
await informer.start();

/** Whether someone can see the page. Browsers allow six connections to a server over HTTP/1.1: a hidden tab keeps none of them. */
export interface PageVisibility {
  visible(): boolean;
  /** Calls back at each change; returns how to stop that. */
  onChange(listener: () => void): () => void;
}

/** The page's own. */
export const documentVisibility: PageVisibility = {
  visible: () => document.visibilityState !== 'hidden',
  onChange: listener => {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  },
};

/** Resolves once the page is visible, or the signal is given. */
export function untilVisible(
  page: PageVisibility,
  signal: AbortSignal,
): Promise<void> {
  return new Promise(resolve => {
    if (page.visible() || signal.aborted) {
      resolve();
      return;
    }
    const forget: (() => void)[] = [];
    const done = () => {
      forget.forEach(f => f());
      resolve();
    };
    forget.push(page.onChange(() => page.visible() && done()));
    signal.addEventListener('abort', done);
    forget.push(() => signal.removeEventListener('abort', done));
  });
}

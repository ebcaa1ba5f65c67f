export interface Config {
  headway?: {
    /**
     * Address of the Headway gateway as the browser reaches it, for example `https://headway.example.org`. The gateway must allow the
     * portal's origin. Without it the calls go through Backstage's proxy, endpoint `/headway`.
     * @visibility frontend
     */
    gatewayUrl?: string;
    /**
     * Days that the card shows at first: 7, 30, 90 or 365. Default 30.
     * @visibility frontend
     */
    windowDays?: number;
  };
}

// What may differ from one Prometheus to another. To change it:
//
//   (import 'mixin.libsonnet') + { _config+:: { selector: 'job="tcp"', disabled: ['SynopticNoAgent'] } }
{
  _config+:: {
    // Which series are read: matchers, such as 'job="synoptic"'. Empty: all with these names.
    selector: '',
    // Which targets are agents.
    agents: 'job=~".*synoptic.*"',
    // Which targets show that a machine is monitored: a node_exporter at the same address.
    machines: 'job=~"node|node-exporter|node_exporter"',
    // The label that distinguishes clusters whose nodes may have the same names.
    cluster: 'cluster',
    // Of docs/troubleshooting.md; a heading's anchor follows.
    runbooks: 'https://synoptic.io/docs/troubleshooting.md',

    // Alerts that are left out.
    disabled: [],
    // Severities other than ours: { SynopticAcceptQueueFull: 'warning' }.
    severities: {},

    // The share of the time that an accept queue is full: at once, and if it goes on.
    acceptQueueFull: { much: 0.3, some: 0.02 },
    // The mean and the peak of an accept queue that is late.
    acceptQueueHigh: { mean: 0.5, peak: 0.8 },
    // How full a SYN queue may be, again and again.
    synQueue: 0.5,
    // Connections in close_wait for more than an hour.
    closeWait: 10,
    // Of the ports towards one destination.
    ephemeralPorts: { much: 0.9, rising: 0.6 },
    // Of the time-wait buckets.
    timeWaitBuckets: 0.9,
    // Of the orphans' limit.
    orphans: 0.5,
    // Connects that hang.
    connectsHang: 10,
    // Connects a second that fail, and of all that are tried; the last where those of a host's own
    // listeners are among them.
    connectsFail: { perSecond: 0.1, share: 0.05, mixed: 0.2 },
    // How much slower than in the week before handshakes are, and seconds below which that is nothing.
    handshakesSlow: { times: 3, seconds: 0.01 },
    // Of the data that is sent, and segments a second below which that is nothing.
    retransmits: { share: 0.05, perSecond: 10 },
    // Connections a second that are reset because memory is used up.
    abortsOnMemory: 0.1,
    // Seconds between a scan of the agent's own network namespace and one of another.
    namespaceStale: 600,
  },
}

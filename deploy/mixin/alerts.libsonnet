// Alerts. severity: critical wakes somebody, warning is for working hours, info for dashboards.
//
// A comment gives the reason of each threshold, which is that of docs/troubleshooting.md unless it
// says otherwise.
local text = import 'text.libsonnet';

{
  local c = $._config,
  local t = text(c.cluster),
  local read = (import 'series.libsonnet')(c.selector),
  local series = read.series,
  local rate = read.rate,
  local agents(more='') = 'up{%s}' % std.join(',', std.filter(function(one) one != '', [c.agents, more])),

  local alert(name, severity, heading, expr, duration, summary, description) = {
    alert: name,
    expr: expr,
    'for': duration,
    labels: { severity: std.get(c.severities, name, severity) },
    annotations: {
      summary: summary,
      description: std.strReplace(std.stripChars(description, '\n'), '\n', ' '),
      runbook_url: '%s#%s' % [c.runbooks, heading],
    },
  },

  local alerts = [
    // Cookies are sent while a SYN queue is full. Two a second are more than a stray burst leaves
    // behind; honest clients bring nearly all of them back, a flood none. A rate of five minutes that
    // holds for six has gone on. With mode 2 every SYN is answered with a cookie: that says nothing.
    alert(
      'SynopticSynFlood',
      'warning',
      'syn-flood',
      read.host(|||
        %(sent)s > 2
          and %(received)s < 0.5 * %(sent)s
          unless %(mode)s == 2
      ||| % {
        sent: rate('synoptic_tcp_syncookies_sent_total'),
        received: rate('synoptic_tcp_syncookies_received_total'),
        mode: series('synoptic_tcp_syncookies_mode'),
      }),
      '6m',
      'SYN flood on %s' % t.place,
      |||
        A SYN queue is full, {{ $value | humanize }} SYNs a second are answered with cookies, and
        fewer than half of them come back: their sender does not want to connect.
        With cookies nobody else is turned away. Keep net.ipv4.tcp_syncookies=1, find the listener
        by synoptic_tcp_listener_syn_queue_length, set net.ipv4.tcp_synack_retries=2, and have
        SYNs limited upstream.
      |||
    ),

    // From half on the kernel lets go of requests before their time. One scrape holds max_over_time
    // for five minutes; six mean that it came again.
    alert(
      'SynopticSynQueueNearLimit',
      'warning',
      'syn-queue-full',
      read.host('max_over_time(%s[5m]) / (max_over_time(%s[5m]) > 0) > %g' % [
        series('synoptic_tcp_listener_syn_queue_length'),
        series('synoptic_tcp_listener_syn_queue_limit'),
        c.synQueue,
      ]),
      '6m',
      'SYN queue of %s is {{ $value | humanizePercentage }} full' % t.listener,
      |||
        Handshakes wait for their last ACK. If SynopticSynFlood fires as well, nobody means to send
        it; if connections go on being accepted, the clients are honest and the backlog is smaller
        than connections per second times round trip. Raise both the backlog argument of listen(2)
        and net.core.somaxconn, and restart the program.
      |||
    ),

    // Those that no other counter counts: what has been dropped for a full queue counts twice, as
    // dropped and by its reason, and has the alerts on queues. One in ten seconds is the least that
    // shows above the estimate that a difference of three rates is.
    alert(
      'SynopticRequestsDroppedUnexplained',
      'warning',
      'requests-dropped-and-no-queue-full',
      read.host('%s - %s - %s > 0.1' % [
        rate('synoptic_tcp_connection_requests_dropped_total'),
        rate('synoptic_tcp_accept_queue_overflows_total'),
        rate('synoptic_tcp_syn_queue_full_drops_total'),
      ]),
      '5m',
      'Connection requests dropped on %s, and no queue is full' % t.place,
      |||
        {{ $value | humanize }} handshakes a second are dropped, neither for a full accept queue
        nor for a full SYN queue. With net.ipv4.tcp_syncookies=0 a SYN queue that holds 3/4 of
        net.ipv4.tcp_max_syn_backlog takes only known peers: set it to 1. Otherwise there was no
        memory for the connection or no route back, or a security module refused it: see dmesg,
        and nstat -az | grep -i drop.
      |||
    ),

    // In docs/troubleshooting.md a burst is any time at all; a page wants what clients feel. One
    // stall of some seconds is over before anybody is awake: it is seen for five minutes, and eleven
    // mean that it came again. At 30 % one client in three waits, and nobody waits for that.
    alert(
      'SynopticAcceptQueueFull',
      'critical',
      'slow-accept',
      read.host(
        local full(offset='') =
          'clamp_max(%s, 1)' % rate('synoptic_tcp_listener_accept_queue_full_seconds_total', offset=offset);
        |||
          %(now)s > %(much)g
            or %(now)s > %(some)g
              and %(before)s > %(some)g
              and %(first)s > %(some)g
        ||| % (c.acceptQueueFull + { now: full(), before: full(' offset 3m'), first: full(' offset 6m') })
      ),
      '2m',
      'Accept queue of %s is full {{ $value | humanizePercentage }} of the time' % t.listener,
      |||
        The program does not accept as fast as clients connect; while the queue is full they are
        dropped and try again after a second. Look at its threads (ss -ltnp names it, top -H -p PID):
        blocked, out of workers, in garbage collection? Add workers or instances. If its mean is low
        (synoptic_tcp_listener_accept_queue_utilization_ratio), these are bursts: raise
        both the backlog argument of listen(2) and net.core.somaxconn, and restart it.
      |||
    ),

    // The mean alone may be one long stall, the peak alone one burst.
    alert(
      'SynopticAcceptQueueHigh',
      'warning',
      'slow-accept',
      read.host(|||
        clamp_max(%(seconds)s, 1) > %(mean)g
          and %(highest)s > %(peak)g
      ||| % (c.acceptQueueHigh + {
        seconds: rate('synoptic_tcp_listener_accept_queue_utilization_seconds_total'),
        highest: series('synoptic_tcp_listener_accept_queue_peak_utilization_ratio'),
      })),
      '10m',
      'Accept queue of %s is {{ $value | humanizePercentage }} full on average' % t.listener,
      |||
        The program is late to accept, and its queue will soon be full. It needs more acceptors,
        workers or instances; a larger backlog only makes clients wait longer.
      |||
    ),

    // As for the SYN queue: one drop is seen for five minutes, six mean that they go on.
    alert(
      'SynopticListenerDrops',
      'warning',
      'listener-drops',
      read.host(rate('synoptic_tcp_listener_drops_total') + ' > 0'),
      '6m',
      '%s drops {{ $value | humanize }} segments a second' % t.listener,
      |||
        They are lost before the program can accept them; repeated SYNs count again. If its accept
        queue or SYN queue is full, follow that alert. If neither is, a socket filter, MD5 or IPsec
        refuses them, or SynopticRequestsDroppedUnexplained says more.
      |||
    ),

    // An hour is longer than any peer's slow end. Through proc there are no ages: a leak never goes
    // back, so the least of an hour is above the most of an hour before. What only wanders is not.
    alert(
      'SynopticCloseWaitLeak',
      'warning',
      'close_wait-leak',
      read.host(|||
        sum without (container) (%(older)s) > %(least)g
          or (
            (sum without (container, state) (min_over_time(%(owned)s[1h])) > %(least)g)
              > sum without (container, state) (max_over_time(%(owned)s[1h] offset 2h))
              unless ignoring (than) sum without (container) (%(older)s)
          )
      ||| % {
        least: c.closeWait,
        older: series('synoptic_tcp_owner_close_wait_older_connections', 'than="1h"'),
        owned: series('synoptic_tcp_owner_connections', 'state="close_wait"'),
      }),
      '5m',
      '%s on {{ $labels.host }} leaks {{ $labels.direction }} connections in CLOSE_WAIT' % t.owner,
      |||
        The peers have closed {{ $value }} connections long ago and the program has not.
        ss -tnp state close-wait names it. It will run out of descriptors: close sockets on every way
        out, errors first; set read timeouts; evict idle connections from pools. Restarting it ends
        them all.
      |||
    ),

    // A timewait socket without a bucket is closed at once: late segments may reach its successor.
    // docs/troubleshooting.md is about ports there: that is SynopticEphemeralPorts.
    alert(
      'SynopticTimeWaitBuckets',
      'warning',
      'time_wait-buckets-used-up',
      read.host(|||
        %s / %s > %g
          or %s > 0
      ||| % [
        series('synoptic_tcp_time_wait_buckets'),
        series('synoptic_tcp_time_wait_buckets_limit'),
        c.timeWaitBuckets,
        rate('synoptic_tcp_time_wait_overflows_total'),
      ]),
      '6m',
      'TIME_WAIT buckets on %s are used up' % t.place,
      |||
        net.ipv4.tcp_max_tw_buckets is nearly reached or was. Beyond it the kernel closes connections
        without TIME_WAIT. Raise it (a bucket takes some 250 bytes), or let clients keep connections
        alive and close them themselves.
      |||
    ),

    // At 90 % the kernel searches long for a free port; at 60 % and on the way to all of them within
    // ten minutes somebody has to get up as well: a straight way, and no swing up. The 20,000 of
    // docs/troubleshooting.md are 70 % of the default range.
    alert(
      'SynopticEphemeralPorts',
      'critical',
      'time_wait',
      |||
        host:synoptic_tcp_ephemeral_ports:ratio > %(much)g
          or (host:synoptic_tcp_ephemeral_ports:ratio > %(rising)g
            and predict_linear(host:synoptic_tcp_ephemeral_ports:ratio[15m], 600) > 1
            and min_over_time(host:synoptic_tcp_ephemeral_ports:ratio[4m])
              > max_over_time(host:synoptic_tcp_ephemeral_ports:ratio[5m] offset 5m))
      ||| % c.ephemeralPorts,
      '2m',
      '%s runs out of ports towards one destination: {{ $value | humanizePercentage }} are in use' % t.place,
      |||
        Soon connect will fail with "Cannot assign requested address". See where they lead:
        ss -Htn | awk '{print $5}' | sort | uniq -c | sort -n | tail, or /ports of an agent with
        --ports.top. Pool connections and keep them alive; net.ipv4.tcp_tw_reuse=1 frees those in
        TIME_WAIT after a second; a wider net.ipv4.ip_local_port_range, more addresses.
      |||
    ),

    alert(
      'SynopticConnectsHang',
      'warning',
      'connects-that-hang',
      read.host(|||
        sum without (family, state) (min_over_time(%s[5m])) > %g
          and %s > 0
      ||| % [
        series('synoptic_tcp_sockets', 'state="syn_sent"'),
        c.connectsHang,
        rate('synoptic_tcp_retransmitted_syn_segments_total'),
      ]),
      '2m',
      '{{ $value }} connects from %s hang' % t.place,
      |||
        Their SYNs get no answer and are repeated. ss -Htn state syn-sent shows where they go. One
        destination: it is down, a firewall swallows SYNs, or its accept queue is full. Many: this
        host's route, firewall or connection tracking (dmesg). Until then, connect timeouts, and
        net.ipv4.tcp_syn_retries=3.
      |||
    ),

    // By reason, and a twentieth of what the owner tries. What a program gave up itself (aborted)
    // may be the slower of two addresses that it tried at once: no failure. Where connects are not
    // counted by themselves, a fifth of the host's: those that fail include handshakes with its own
    // listeners, and more than there are connects are a scan of its ports.
    alert(
      'SynopticConnectsFail',
      'warning',
      'connects-that-fail',
      (
        local failures(matchers='') = rate('synoptic_tcp_connect_failures_total', matchers);
        local opened = 'synoptic_tcp_outbound_opened_connections_total';
        read.host(|||
          (sum without (container) (%s) > %g)
            > ignoring (reason) group_left () %g * (
              sum without (container, reason) (%s)
                + sum without (container) (%s))
        ||| % [failures('reason!="aborted"'), c.connectsFail.perSecond, c.connectsFail.share, failures(), rate(opened)])
        + 'or ' + read.host(|||
          %(failed)s > %(perSecond)g
            and %(failed)s > %(mixed)g * %(opens)s
            and %(failed)s <= %(opens)s
        ||| % (c.connectsFail + {
          failed: rate('synoptic_tcp_connection_attempts_failed_total'),
          opens: rate('synoptic_tcp_active_opens_total'),
        }))
        + 'unless on (%s, host) %s' % [c.cluster, read.host(series(opened))]
      ),
      '10m',
      '%s on {{ $labels.host }} can not connect{{ with $labels.reason }}: {{ . }}{{ end }}' % t.owner,
      |||
        {{ $value | humanize }} connects a second fail. refused: nothing listens there, or a firewall
        rejects; timed_out: the peer is down, a firewall drops SYNs, or its accept queue is full;
        unreachable: no route, or a router says so; no_port: all ports of
        net.ipv4.ip_local_port_range are taken. ss -Htn state syn-sent shows where those go that
        still wait. Without a reason: --collector.handshakes counts them by reason.
      |||
    ),

    // Against the listener's own week, because a client far away is no trouble; of a pod all listeners
    // together. Below 10 ms a change is a bucket's width.
    alert(
      'SynopticHandshakesSlow',
      'warning',
      'slow-handshakes',
      |||
        host:synoptic_tcp_listener_handshake_duration_seconds:p99_rate5m > %(seconds)g
          and host:synoptic_tcp_listener_handshake_duration_seconds:p99_rate5m
            > %(times)g * quantile_over_time(0.5, host:synoptic_tcp_listener_handshake_duration_seconds:p99_rate5m[1w])
      ||| % c.handshakesSlow,
      '10m',
      'Handshakes with %s take {{ $value | humanizeDuration }}' % t.listener,
      |||
        One handshake in a hundred takes %(times)g times as long as it did for a week. It is the way to
        the clients and back, or this host's own queues, and not the program: a full link, a new path,
        clients elsewhere. ss -tni (rtt) shows which clients.
      ||| % c.handshakesSlow
    ),

    // Nearly all that came waits: the queue grew by what was opened. A scan reads the two one after
    // the other, so they may differ by one.
    alert(
      'SynopticAcceptStopped',
      'critical',
      'accept-has-stopped',
      read.host(|||
        delta(%s[10m])
          >= 0.8 * (increase(%s[10m]) > 0)
      ||| % [
        series('synoptic_tcp_listener_accept_queue_length'),
        series('synoptic_tcp_listener_opened_connections_total'),
      ]),
      '5m',
      'Nothing accepts at %s' % t.listener,
      |||
        Connections wait, {{ $value | humanize }} more than ten minutes ago, and hardly any is
        accepted. Clients are connected and get no answer. Look at the program's threads (ss -ltnp
        names it, top -H -p PID): blocked, stopped, deadlocked? Restart it.
      |||
    ),

    // The kernel counts an orphan twice, or four times, when it decides about one whose peer has long
    // been silent: from half the limit on some are reset.
    alert(
      'SynopticOrphans',
      'warning',
      'orphans',
      'host:synoptic_tcp_host_orphans:ratio > %g' % c.orphans,
      '5m',
      'Orphans on {{ $labels.host }} are at {{ $value | humanizePercentage }} of their limit',
      |||
        Connections that programs have closed still have data to send, or wait for their peer's FIN.
        Past the limit they are reset, and data is lost. ss -tno state fin-wait-1 and last-ack show
        whose peers do not answer. net.ipv4.tcp_orphan_retries=2 ends them sooner.
      |||
    ),

    alert(
      'SynopticMemoryPressure',
      'warning',
      'memory',
      'host:synoptic_tcp_host_memory_pressure:ratio > 1',
      '5m',
      'TCP on {{ $labels.host }} is short of memory',
      |||
        The buffers of all TCP sockets take more than the second figure of net.ipv4.tcp_mem: windows
        shrink, connections become slow, and at the third figure they are reset. Queues that are not
        read (synoptic_tcp_receive_queue_bytes) or not acknowledged (…send_queue_bytes) hold it:
        ss -tmn shows whose. Mend the reader; raise net.ipv4.tcp_mem if the machine has the memory.
      |||
    ),

    // Each is data that an application believes sent. A single one may be an orphan of a peer that
    // has gone.
    alert(
      'SynopticAbortsOnMemory',
      'critical',
      'memory',
      read.host('%s > %g' % [rate('synoptic_tcp_aborts_on_memory_total'), c.abortsOnMemory]),
      '1m',
      '%s aborts {{ $value | humanize }} connections a second because memory is used up' % t.place,
      |||
        The kernel has reset connections because TCP's memory is used up or there are too many
        orphans; see SynopticMemoryPressure and SynopticOrphans, and dmesg ("out of memory --
        consider tuning tcp_mem", "too many orphaned sockets").
      |||
    ),

    // A path that loses 1 % is usual, at 5 % a connection gets little through. Ten a second, so that
    // a host that hardly sends doesn't wake anybody with its single segment.
    alert(
      'SynopticRetransmits',
      'warning',
      'retransmissions',
      read.host(|||
        %(again)s - %(syns)s > %(perSecond)g
          and %(again)s - %(syns)s > %(share)g * (%(sent)s + %(again)s - %(syns)s)
      ||| % (c.retransmits + {
        again: rate('synoptic_tcp_retransmitted_segments_total'),
        syns: rate('synoptic_tcp_retransmitted_syn_segments_total'),
        sent: rate('synoptic_tcp_sent_segments_total'),
      })),
      '10m',
      '%s sends {{ $value | humanize }} segments a second again' % t.place,
      |||
        More than %g %% of what is sent is not acknowledged in time: loss on the path, a peer that has
        gone, or a link that is full. ss -tni (retrans, rtt) shows towards whom; one peer: its path;
        all: this host's interface (ip -s link), queueing discipline (tc -s qdisc) or cable.
      ||| % (100 * c.retransmits.share)
    ),

    // The agent's own health is each agent's: no host, no max. A monitor's trouble wakes nobody: who
    // must be woken is found by what watches the machine itself. No clock is compared with another:
    // the time of the last good scan has to change; not where --scan.cpu-budget puts scans so far apart.
    alert(
      'SynopticAgentBlind',
      'warning',
      'the-agent-reports-nothing',
      |||
        %(agents)s == 0
          or %(success)s == 0
          or (changes(%(last)s[5m]) == 0
            and on (%(cluster)s, job, instance) min_over_time(%(agents)s[5m]) == 1
            unless on (%(cluster)s, job, instance) %(interval)s > 120)
          or (%(agents)s == 1 unless on (%(cluster)s, job, instance) %(success)s)
      ||| % {
        agents: agents(),
        cluster: c.cluster,
        success: series('synoptic_scan_success'),
        last: series('synoptic_last_successful_scan_timestamp_seconds'),
        interval: series('synoptic_scan_interval_seconds'),
      },
      '5m',
      '{{ $labels.instance }} reports nothing of its connections{{ with $labels.collector }} ({{ . }}){{ end }}',
      |||
        The agent does not answer, or no scan succeeds: silence of the other alerts is no health. If it
        is down: systemctl status synoptic, or the pod's log. If it answers: its log has one line that
        names what the kernel refused.
      |||
    ),

    // The sampler reads four times a second and observes all of the time; with thousands of
    // listeners it looks less often, and bursts are missed. Scans a minute apart are every second scrape
    // of a usual Prometheus.
    alert(
      'SynopticAgentDegraded',
      'info',
      'the-agent-reports-less-than-it-could',
      |||
        %s == 1
          or %s == 0
          or rate(%s[5m]) < 0.9
          or %s > 60
      ||| % [
        series('synoptic_source_fallback'),
        series('synoptic_handshakes_attached'),
        series('synoptic_listener_observed_seconds_total'),
        series('synoptic_scan_interval_seconds'),
      ],
      '10m',
      '{{ $labels.instance }} sees less than it could{{ with $labels.collector }} ({{ . }}){{ end }}',
      |||
        It reads through /proc (synoptic_source_info has the reason), which knows no limits and no
        drops; or handshakes are asked for and can't be counted; or the sampler is behind, because
        there are thousands of listeners or too little CPU; or a scan costs so much that
        --scan.cpu-budget leaves one a minute or fewer.
      |||
    ),

    // Ten minutes: a rolling update with twice the pods is over by then.
    alert(
      'SynopticListenersFolded',
      'warning',
      'listeners-or-namespaces-are-left-out',
      '%s > 0' % series('synoptic_folded_listeners'),
      '10m',
      '{{ $labels.instance }} counts {{ $value }} listeners as "other"',
      |||
        There are more listeners than --listener.max: the newest share the group "other", and an alert
        about them does not say which it is. Raise it: each takes some fifty series.
      |||
    ),

    alert(
      'SynopticNamespacesUnlisted',
      'warning',
      'listeners-or-namespaces-are-left-out',
      '%s > 0' % series('synoptic_unlisted_namespaces'),
      '10m',
      '{{ $labels.instance }} leaves out {{ $value }} network namespaces',
      |||
        There are more network namespaces than --netns.max, and nothing is reported of the newest. Raise
        it, or leave some out with --netns.exclude.
      |||
    ),

    // Without BPF namespaces are read one after the other, each after minutes on a large node. The
    // two times are of one clock.
    alert(
      'SynopticNamespaceStale',
      'warning',
      'the-agent-reports-less-than-it-could',
      |||
        %s
          - ignoring (collector, netns, namespace, pod) group_right ()
            %s > %g
      ||| % [
        series('synoptic_last_successful_scan_timestamp_seconds', 'collector="sockets"'),
        series('synoptic_netns_last_scan_timestamp_seconds'),
        c.namespaceStale,
      ],
      '10m',
      '%s on {{ $labels.instance }} was last read {{ $value | humanizeDuration }} ago' % t.pod('a network namespace'),
      |||
        Its figures are old. Namespaces are read one after the other where there is no BPF: raise
        --netns.cpu-budget, leave some out with --netns.exclude, or let the agent have CAP_BPF and
        CAP_PERFMON.
      |||
    ),

    alert(
      'SynopticWebConfigRejected',
      'warning',
      'the-web-configuration-is-rejected',
      '%s == 0' % series('synoptic_web_config_success'),
      '5m',
      '{{ $labels.instance }} rejects its web configuration and goes on with the last good one',
      |||
        --web.config.file, or a file that it names, has changed and can't be used: certificates that
        were renewed are not. The agent's log names the line; the agent would not start with it.
      |||
    ),

    // What else knows of the machine: kube-state-metrics, or a node_exporter at the same address that
    // is no pod. It is silent where neither is scraped, where no agent of the cluster has a node
    // (sidecars alone), and for nodes that run no Linux or no DaemonSet. Kubernetes' target label node
    // comes from the PodMonitor.
    alert(
      'SynopticNoAgent',
      'warning',
      'the-agent-reports-nothing',
      |||
        (max by (%(cluster)s, node) (kube_node_info{os_image!~"(?i).*windows.*",kubelet_version!~".*-vk-.*",node!~"virtual-.*|fargate-.*"})
            unless on (%(cluster)s, node) %(agents)s
            and on (%(cluster)s) %(nodes)s)
          or (
            max by (%(cluster)s, host) (label_replace(
              up{%(machines)s,pod=""},
              "host", "$1", "instance", "(.+?)(:[0-9]+)?"))
            unless on (%(cluster)s, host) label_replace(
              %(agents)s,
              "host", "$1", "instance", "(.+?)(:[0-9]+)?")
          )
      ||| % { cluster: c.cluster, machines: c.machines, agents: agents(), nodes: agents('node!=""') },
      '15m',
      'No agent on {{ with $labels.node }}{{ . }}{{ else }}{{ $labels.host }}{{ end }}',
      |||
        The machine is monitored, but no agent of it is scraped, not even one that is down. A node that
        the DaemonSet does not tolerate, a package that is not installed, a target that is not listed?
      |||
    ),
  ],

  prometheusAlerts+:: {
    groups+: [
      {
        name: 'synoptic.alerts',
        interval: '30s',
        rules: std.filter(function(one) !std.member(c.disabled, one.alert), alerts),
      },
    ],
  },
}

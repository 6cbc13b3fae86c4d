// Recorded series: what the Fleet dashboard reads of many hosts, and what alerts look back at.
//
// Of the agent's own network namespace, each listener and owner. Of another one, a pod's as a rule,
// ten series at most, however many listeners it has: the worst of them, or all of them together.
{
  local read = (import 'series.libsonnet')($._config.selector),
  local series = read.series,
  local rate = read.rate,
  local own = 'netns=""',
  local other = 'netns!=""',

  local record(name, expr) = { record: 'host:synoptic_tcp_' + name, expr: read.host(expr) },

  // Each listener of the agent's own network namespace, and one figure for those of another one.
  local listeners(name, expr, together='max') = record(name, |||
    %s
      or %s without (address, port) (
        %s)
  ||| % [expr(own), together, expr(other)]),

  local p99(where, together='%s') = |||
    histogram_quantile(0.99, %s)
      and %s > 1
  ||| % [
    together % rate('synoptic_tcp_listener_handshake_duration_seconds_bucket', where),
    together % rate('synoptic_tcp_listener_opened_connections_total', where),
  ],

  prometheusRules+:: {
    groups+: [
      {
        name: 'synoptic.figures',
        interval: '30s',
        rules: [
          // Sockets by state, IPv4 and IPv6 together: of the host with its pods, and of each; of a pod those that
          // are established.
          record('sockets:sum', 'sum without (family, netns, namespace, pod) (%s)' % series('synoptic_tcp_sockets')),
          record('sockets:max', |||
            sum without (family) (
              %s
                or %s)
          ||| % [
            series('synoptic_tcp_sockets', own),
            series('synoptic_tcp_sockets', other + ',state="established"'),
          ]),
          // CLOSE_WAIT by owner, without container and process: these change with each restart. A pod is
          // its own owner.
          record('close_wait_connections:max', |||
            sum without (container, state) (%s)
              or sum without (family, state) (%s)
          ||| % [
            series('synoptic_tcp_owner_connections', own + ',state="close_wait"'),
            series('synoptic_tcp_sockets', other + ',state="close_wait"'),
          ]),

          // How full what is bounded is.
          record('ephemeral_ports:ratio', '%s / %s' % [
            series('synoptic_tcp_busiest_destination_held_ports'),
            series('synoptic_tcp_ephemeral_ports_limit'),
          ]),
          record('time_wait_buckets:ratio', '%s / %s' % [
            series('synoptic_tcp_time_wait_buckets', own),
            series('synoptic_tcp_time_wait_buckets_limit', own),
          ]),
          record('host_orphans:ratio', '%s / %s' % [
            series('synoptic_tcp_host_orphans'),
            series('synoptic_tcp_host_orphans_limit'),
          ]),
          // 1 is where the kernel begins to save memory, not where it is used up.
          record('host_memory_pressure:ratio', '%s / %s' % [
            series('synoptic_tcp_host_memory_bytes'),
            series('synoptic_tcp_host_memory_pressure_bytes'),
          ]),

          // Of the segments that carry data, those that are sent again. Repeated SYNs mean a peer that does
          // not answer, not a path that loses.
          record('retransmitted_data_segments:ratio_rate5m', |||
            (%(again)s - %(syns)s)
              / (%(sent)s + %(again)s - %(syns)s > 0)
          ||| % {
            again: rate('synoptic_tcp_retransmitted_segments_total'),
            syns: rate('synoptic_tcp_retransmitted_syn_segments_total'),
            sent: rate('synoptic_tcp_sent_segments_total'),
          }),
          // With mode 2 every SYN is answered with a cookie, flood or not: there is nothing to say then.
          record('syncookies_sent:rate5m', '%s unless %s == 2' % [
            rate('synoptic_tcp_syncookies_sent_total', own),
            series('synoptic_tcp_syncookies_mode'),
          ]),

          // Queues of listeners.
          listeners('listener_syn_queue:ratio', function(where) '%s / (%s > 0)' % [
            series('synoptic_tcp_listener_syn_queue_length', where),
            series('synoptic_tcp_listener_syn_queue_limit', where),
          ]),
          // The share of the time that the accept queue was full. Rates are extrapolated: a share is at most 1.
          listeners('listener_accept_queue_full:ratio_rate5m', function(where)
            'clamp_max(%s, 1)' % rate('synoptic_tcp_listener_accept_queue_full_seconds_total', where)),
          listeners('listener_drops:rate5m', function(where)
            rate('synoptic_tcp_listener_drops_total', where), 'sum'),

          // What --collector.handshakes counts; absent where no agent has it. What a program gave up itself
          // (aborted) may be the slower of two addresses that it tried at once.
          record('connect_failures:rate5m', |||
            sum without (container) (%s)
              or sum without (container, unit, reason) (%s)
          ||| % [
            rate('synoptic_tcp_connect_failures_total', own),
            rate('synoptic_tcp_connect_failures_total', other + ',reason!="aborted"'),
          ]),
          listeners('listener_opened_connections:rate5m', function(where)
            rate('synoptic_tcp_listener_opened_connections_total', where), 'sum'),
          // One connection a second is the least that has a 99th percentile.
          record('listener_handshake_duration_seconds:p99_rate5m', '%sor %s' % [
            p99(own),
            p99(other, 'sum without (address, port) (%s)'),
          ]),

          // Whose a listener is: the descriptions of alerts look it up, so that no alert waits for it.
          record('listener_info:max', series('synoptic_tcp_listener_info', own)),
        ],
      },
    ],
  },
}

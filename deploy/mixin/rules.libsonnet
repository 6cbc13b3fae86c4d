// Recorded series.
//
// Several agents, or programs that embed the library, may see the same sockets of one host: their
// figures are joined with max, never with sum. A host is known by `host`, the instance without its
// port. Labels that targets of one host share (node, cluster) stay. netns, namespace and pod stay as
// well, and are empty for the agent's own network namespace. Sums are only taken of different
// sockets that one agent counts.
{
  local series = (import 'series.libsonnet')($._config.selector),
  local host(expr) =
    |||
      max without (job, instance) (label_replace(
        %s,
        "host", "$1", "instance", "(.+?)(:[0-9]+)?"))
    ||| % expr,

  prometheusRules+:: {
    groups+: [
      {
        name: 'synoptic.figures',
        interval: '30s',
        rules: [
          // Sockets by state, IPv4 and IPv6 together.
          {
            record: 'host:synoptic_tcp_sockets:max',
            expr: host('sum without (family) (%s)' % series('synoptic_tcp_sockets')),
          },
          // CLOSE_WAIT by owner, without container and process: these change with each restart.
          {
            record: 'host:synoptic_tcp_close_wait_connections:max',
            expr: host('sum without (container, state) (%s)' % series('synoptic_tcp_owner_connections', 'state="close_wait"')),
          },
          // Those that are older than a minute, ten minutes, an hour.
          {
            record: 'host:synoptic_tcp_close_wait_older_connections:max',
            expr: host('sum without (container) (%s)' % series('synoptic_tcp_owner_close_wait_older_connections')),
          },
          // How full what is bounded is.
          {
            record: 'host:synoptic_tcp_time_wait_buckets:ratio',
            expr: host('%s / %s' % [
              series('synoptic_tcp_time_wait_buckets'),
              series('synoptic_tcp_time_wait_buckets_limit'),
            ]),
          },
          {
            record: 'host:synoptic_tcp_ephemeral_ports:ratio',
            expr: host('%s / %s' % [
              series('synoptic_tcp_busiest_destination_held_ports'),
              series('synoptic_tcp_ephemeral_ports_limit'),
            ]),
          },
          {
            record: 'host:synoptic_tcp_host_orphans:ratio',
            expr: host('%s / %s' % [
              series('synoptic_tcp_host_orphans'),
              series('synoptic_tcp_host_orphans_limit'),
            ]),
          },
          // 1 is where the kernel begins to save memory, not where it is used up.
          {
            record: 'host:synoptic_tcp_host_memory_pressure:ratio',
            expr: host('%s / %s' % [
              series('synoptic_tcp_host_memory_bytes'),
              series('synoptic_tcp_host_memory_pressure_bytes'),
            ]),
          },
          // Per second.
          {
            record: 'host:synoptic_tcp_connection_requests_dropped:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_connection_requests_dropped_total')),
          },
          // Those that no other counter counts. What has been dropped for a full queue counts twice, as dropped
          // and by its reason.
          {
            record: 'host:synoptic_tcp_connection_requests_dropped_unexplained:rate5m',
            expr: host('rate(%s[5m]) - rate(%s[5m]) - rate(%s[5m])' % [
              series('synoptic_tcp_connection_requests_dropped_total'),
              series('synoptic_tcp_accept_queue_overflows_total'),
              series('synoptic_tcp_syn_queue_full_drops_total'),
            ]),
          },
          // With mode 2 every SYN is answered with a cookie, flood or not: there is nothing to say then.
          {
            record: 'host:synoptic_tcp_syncookies_sent:rate5m',
            expr: host('rate(%s[5m]) unless %s == 2' % [
              series('synoptic_tcp_syncookies_sent_total'),
              series('synoptic_tcp_syncookies_mode'),
            ]),
          },
          {
            record: 'host:synoptic_tcp_syncookies_received:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_syncookies_received_total')),
          },
          {
            record: 'host:synoptic_tcp_time_wait_overflows:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_time_wait_overflows_total')),
          },
          {
            record: 'host:synoptic_tcp_aborts_on_memory:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_aborts_on_memory_total')),
          },
          {
            record: 'host:synoptic_tcp_retransmitted_syn_segments:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_retransmitted_syn_segments_total')),
          },
          // Repeated SYNs mean a peer that does not answer, not of a path that loses.
          {
            record: 'host:synoptic_tcp_retransmitted_data_segments:rate5m',
            expr: host('rate(%s[5m]) - rate(%s[5m])' % [
              series('synoptic_tcp_retransmitted_segments_total'),
              series('synoptic_tcp_retransmitted_syn_segments_total'),
            ]),
          },
          {
            record: 'host:synoptic_tcp_sent_segments:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_sent_segments_total')),
          },
          // Connects, and handshakes of either side that failed: where no agent counts connects by themselves.
          {
            record: 'host:synoptic_tcp_active_opens:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_active_opens_total')),
          },
          {
            record: 'host:synoptic_tcp_connection_attempts_failed:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_connection_attempts_failed_total')),
          },
          // Each listener, by address and port.
          {
            record: 'host:synoptic_tcp_listener_syn_queue:ratio',
            expr: host('%s / (%s > 0)' % [
              series('synoptic_tcp_listener_syn_queue_length'),
              series('synoptic_tcp_listener_syn_queue_limit'),
            ]),
          },
          // The share of the time that the queue was full.
          {
            record: 'host:synoptic_tcp_listener_accept_queue_full:ratio_rate5m',
            // Rates are extrapolated: a share is at most 1.
            expr: host('clamp_max(rate(%s[5m]), 1)' % series('synoptic_tcp_listener_accept_queue_full_seconds_total')),
          },
          // How full it was on average.
          {
            record: 'host:synoptic_tcp_listener_accept_queue_utilization:ratio_rate5m',
            expr: host('clamp_max(rate(%s[5m]), 1)' % series('synoptic_tcp_listener_accept_queue_utilization_seconds_total')),
          },
          {
            record: 'host:synoptic_tcp_listener_accept_queue_peak_utilization_ratio:max',
            expr: host(series('synoptic_tcp_listener_accept_queue_peak_utilization_ratio')),
          },
          {
            record: 'host:synoptic_tcp_listener_drops:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_listener_drops_total')),
          },
          // What --collector.handshakes counts; absent where no agent has it. Owners without container, as
          // above.
          {
            record: 'host:synoptic_tcp_connect_failures:rate5m',
            expr: host('sum without (container) (rate(%s[5m]))' % series('synoptic_tcp_connect_failures_total')),
          },
          {
            record: 'host:synoptic_tcp_outbound_opened_connections:rate5m',
            expr: host('sum without (container) (rate(%s[5m]))' % series('synoptic_tcp_outbound_opened_connections_total')),
          },
          {
            record: 'host:synoptic_tcp_listener_opened_connections:rate5m',
            expr: host('rate(%s[5m])' % series('synoptic_tcp_listener_opened_connections_total')),
          },
          {
            record: 'host:synoptic_tcp_listener_handshake_duration_seconds:p99_rate5m',
            expr: 'histogram_quantile(0.99, %s)' % host('rate(%s[5m])' % series('synoptic_tcp_listener_handshake_duration_seconds_bucket')),
          },
          // Whose it is; the descriptions below look it up, so that no alert waits for it.
          {
            record: 'host:synoptic_tcp_listener_info:max',
            expr: host(series('synoptic_tcp_listener_info')),
          },
        ],
      },
    ],
  },
}

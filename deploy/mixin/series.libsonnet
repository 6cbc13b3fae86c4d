// How rules read series: with the matchers of the configuration, and joined by host.
//
// Several agents, or programs that embed the library, may see the same sockets of one host: their
// figures are joined with max, never with sum. A host is known by `host`, the instance without its
// port. Labels that targets of one host share (node, cluster) stay. netns, namespace and pod stay as
// well, and are empty for the agent's own network namespace. Sums are only taken of different
// sockets that one agent counts.
function(selector) {
  series(name, matchers='')::
    local all = std.join(',', std.filter(function(one) one != '', [matchers, selector]));
    if all == '' then name else '%s{%s}' % [name, all],

  rate(name, matchers='', offset='')::
    'rate(%s[5m]%s)' % [self.series(name, matchers), offset],

  // Of the figures that each agent has.
  host(expr)::
    |||
      max without (job, instance) (label_replace(
        %s,
        "host", "$1", "instance", "(.+?)(:[0-9]+)?"))
    ||| % std.strReplace(std.stripChars(expr, '\n'), '\n', '\n  '),
}

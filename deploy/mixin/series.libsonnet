// A series' name with matchers, and with those of the configuration.
function(selector) function(name, matchers='')
  local all = std.join(',', std.filter(function(one) one != '', [matchers, selector]));
  if all == '' then name else '%s{%s}' % [name, all]

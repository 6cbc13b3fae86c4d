// Groups of rules as YAML. std.manifestYamlDoc() writes the same, and takes a minute for them: it
// looks at each character by itself.
local quoted(text) =
  local array = std.toString([text]);
  std.substr(array, 1, std.length(array) - 2);

local entry(indent, key, text) =
  if std.endsWith(text, '\n') then
    indent + key + ': |\n' + std.join('', [
      indent + '  ' + line + '\n'
      for line in std.split(std.substr(text, 0, std.length(text) - 1), '\n')
    ])
  else indent + key + ': ' + quoted(text) + '\n';

local entries(indent, object) =
  std.join('', [
    if std.isString(object[key]) then entry(indent, key, object[key])
    else indent + key + ':\n' + entries(indent + '  ', object[key])
    for key in std.objectFields(object)
  ]);

local item(indent, object) =
  local text = entries(indent + '  ', object);
  indent + '- ' + std.substr(text, std.length(indent) + 2, std.length(text));

function(groups)
  'groups:\n' + std.join('', [
    '  - interval: ' + quoted(group.interval) + '\n'
    + '    name: ' + quoted(group.name) + '\n'
    + '    rules:\n'
    + std.join('', [item('      ', rule) for rule in group.rules])
    for group in groups
  ])

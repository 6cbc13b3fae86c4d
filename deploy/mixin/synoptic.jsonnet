// deploy/prometheus/synoptic.rules.yml: scripts/mixin writes it.
local mixin = import 'mixin.libsonnet';
local yaml = import 'yaml.libsonnet';

|||
  # What Prometheus makes of Synoptic's figures: recorded series, and alerts on them.
  #
  #   rule_files: [synoptic.rules.yml]
  #
  # Rendered from deploy/mixin, where every threshold has its reason, and can be changed.
||| + yaml(mixin.prometheusRules.groups + mixin.prometheusAlerts.groups)

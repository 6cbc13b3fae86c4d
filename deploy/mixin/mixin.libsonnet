// Everything: prometheusRules and prometheusAlerts, as mixins have them.
(import 'config.libsonnet') + (import 'rules.libsonnet') + (import 'alerts.libsonnet')

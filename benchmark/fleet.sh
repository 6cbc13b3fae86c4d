#!/bin/sh
# What a Prometheus pays for 1, 10 and 50 agents: fleet.sh SECONDS FOLDER, called by scripts/bench fleet
# in a network and a PID namespace of its own.
#
# One real agent sees a busy host; each target is that agent again, under another instance's name. So
# the bodies are real and change, and only the agent is spared. Four Prometheus servers run side by
# side, so that they meet the same machine; the last goes without the shipped rules.
set -eu

seconds=$1
out=$2
interval=15

ip link set lo up
tcplab --for=$((seconds + 300)) ipv4:listener=40,backlog=128,fill=5,port=7000 \
	ipv4:established=500 ipv6:established=500 ipv4:close_wait=20 >/dev/null </dev/null &
agent/target/dist/synoptic --web.listen-address=127.0.0.1:10119 >/dev/null &
sleep 5

# server NAME TARGETS PORT [RULES]
server() {
	folder=$out/$1
	rm -rf "$folder"
	mkdir -p "$folder"
	{
		echo "global: {scrape_interval: ${interval}s}"
		[ -z "${4-}" ] || echo "rule_files: ['$4']"
		echo 'scrape_configs:'
		echo "- {job_name: prometheus, static_configs: [{targets: ['127.0.0.1:$3']}]}"
		echo '- job_name: synoptic'
		echo '  static_configs:'
		for i in $(seq "$2"); do
			echo "  - {targets: ['127.0.0.1:10119'], labels: {instance: 'node-$i:10119', __param_node: '$i'}}"
		done
	} >"$folder/prometheus.yml"
	prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
		--web.listen-address="127.0.0.1:$3" >"$folder/log" 2>&1 &
}

rules=$PWD/deploy/prometheus/synoptic.rules.yml
server none 0 9090 "$rules"
server one 1 9091 "$rules"
server ten 10 9092 "$rules"
server fifty 50 9093 "$rules"
server fifty-without-rules 50 9094

# ask PORT EXPRESSION: its value.
ask() {
	promtool query instant "http://127.0.0.1:$1" "$2" | sed -n 's/.*=> \([^ ]*\) @.*/\1/p'
}

sleep 60 # its start is no part of the steady state
sleep "$seconds"
half="process_cpu_seconds_total{job='prometheus'}[${seconds}s]"
printf '%s\n' 'server,samples a scrape,body bytes,gzip bytes,series in the head,cpu ms a second,rss MiB'
for each in none:9090 one:9091 ten:9092 fifty:9093 fifty-without-rules:9094; do
	port=${each#*:}
	echo "${each%:*},$(ask "$port" "max(scrape_samples_scraped{job='synoptic'})"),$(
		wget -qO- http://127.0.0.1:10119/metrics | wc -c),$(
		wget -qO- --header='Accept-Encoding: gzip' http://127.0.0.1:10119/metrics | wc -c),$(
		ask "$port" prometheus_tsdb_head_series),$(
		ask "$port" "1000 * rate($half)"),$(
		ask "$port" "process_resident_memory_bytes{job='prometheus'} / 2 ^ 20")"
done

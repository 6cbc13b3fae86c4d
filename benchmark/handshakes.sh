#!/bin/sh
# Connections a second without and with what counts handshakes, in turn: handshakes.sh SECONDS ROUNDS,
# called by scripts/bench handshakes in a network and a PID namespace of its own.
#
# Prints a line a round: connections a second and CPU time of one, without and with; what was counted,
# rows, microseconds to read them, missed events. Then the median ratios.
set -eu

seconds=$1
rounds=$2

ip link set lo up

without() {
	less=$(synoptic-launcher connects "$seconds" | tr ' ' ,)
}

with() {
	more=$(synoptic-launcher --bpf --handshakes connects "$seconds" | tr ' ' ,)
}

# median FIELD: of the ratios of a file's lines.
median() {
	printf '%s' "$ratios" | cut -d , -f "$1" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

ratios=
echo 'without,cpu us,with,cpu us,opened,rows,read us,missed'
for round in $(seq "$rounds"); do
	# Each is the first as often as the second.
	if [ $((round % 2)) -eq 0 ]; then
		without
		with
	else
		with
		without
	fi
	echo "$less,$more"
	ratios="$ratios$(echo "$less,$more" | awk -F , '{ printf "%.3f,%.3f", $3 / $1, $2 / $4 }')
"
done
echo "with / without, median: connections a second $(median 1), connections by CPU time $(median 2)"

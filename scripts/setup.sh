# shellcheck shell=sh
# setup.sh - what ./run, ./synoptic, ./test and scripts/ share: packages through apt, a JDK, the build. Sourced.

log=target/setup.log
dist=agent/target/dist

say() {
	echo "$*" >&2
}

# need COMMAND PACKAGE: notes the package if the command is not there.
missing=
need() {
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

# What asks others through TLS.
need_certificates() {
	[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
}

need_curl() {
	need curl curl
	need_certificates
}

# Sets JAVA_HOME to a JDK of Java 17 or newer: the one it names already, the one on the path, any other.
find_jdk() {
	javac=$(command -v javac || true)
	for home in "${JAVA_HOME-}" "${javac:+$(readlink -f "$javac" | sed 's|/bin/javac$||')}" /usr/lib/jvm/*; do
		jdk_version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null) || continue
		if [ -x "$home/bin/javac" ] && [ "${jdk_version:-0}" -ge 17 ]; then
			JAVA_HOME=$home
			export JAVA_HOME
			return 0
		fi
	done
	return 1
}

# What a build takes. A compiler without headers is no compiler.
need_build_packages() {
	need gcc gcc
	need make make
	need mvn maven
	printf '#include <stdio.h>\n#include <linux/inet_diag.h>\n' |
		cc -E - >/dev/null 2>&1 || missing="$missing libc6-dev"
	find_jdk || missing="$missing openjdk-17-jdk-headless"
	# The BPF program and what loads it.
	need clang clang
	printf '#include <bpf/libbpf.h>\n#include <gelf.h>\n#include <zlib.h>\n' |
		cc -E - >/dev/null 2>&1 || missing="$missing libbpf-dev libelf-dev zlib1g-dev"
}

# Installs what is noted as missing, or names it and gives up.
install_packages() {
	[ -n "$missing" ] || return 0
	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		as_root=sudo
	fi
	if ! command -v apt-get >/dev/null 2>&1 ||
		{ [ -n "$as_root" ] && ! { [ -t 0 ] && command -v sudo >/dev/null; } && ! sudo -n true 2>/dev/null; }; then
		say "$0: packages are missing, and only root can install them:$missing"
		exit 1
	fi
	say "installing:$missing"
	mkdir -p target
	if ! install_with_apt >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		say "$0: apt could not install:$missing (the whole story: $log)"
		exit 1
	fi
	missing=
	find_jdk || {
		say "$0: no JDK of Java 17 or newer, though apt has installed one: set JAVA_HOME"
		exit 1
	}
}

# Fetches apt's lists unless that was done within the hour.
update_apt() {
	[ -n "$(find target/apt-updated -mmin -60 2>/dev/null)" ] || fetch_apt_lists
}

fetch_apt_lists() {
	$as_root apt-get update -q && touch target/apt-updated
}

# The newest Java that apt has, installed or upgraded; apt is asked for news once an hour; where apt can't, the JDK that is there.
find_newest_jdk() {
	: >"$log"
	as_root=
	[ "$(id -u)" -eq 0 ] || as_root='sudo -n'
	update_apt >>"$log" 2>&1 || :
	jdk=$(apt-cache search --names-only '^openjdk-[0-9]+-jdk-headless$' 2>>"$log" |
		sed 's/ .*//' | sort -t - -k 2 -n | tail -n 1)
	if [ -n "$jdk" ] && $as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends "$jdk" >>"$log" 2>&1; then
		JAVA_HOME=$(dpkg -L "$jdk" | sed -n 's|/bin/javac$||p' | head -n 1)
		export JAVA_HOME
	else
		say "$0: apt has no newer Java than the one that is here (the whole story: $log)"
	fi
	find_jdk || missing="$missing openjdk-17-jdk-headless"
}

java_version() {
	sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$1/release"
}

# foreign_apt ARCHITECTURE FOLDER: apt, from here on, is of that architecture, with lists and packages in FOLDER: for
# apt-get download; nothing of it is installed or run.
foreign_apt() {
	rm -rf "$2"
	mkdir -p "$2/lists/partial" "$2/archives/partial"
	: >"$2/status"
	cat >"$2/apt.conf" <<-END
		APT::Architecture "$1";
		APT::Architectures "$1";
		APT::Sandbox::User "root";
		Dir::State::lists "$2/lists";
		Dir::State::status "$2/status";
		Dir::Cache "$2";
	END
	APT_CONFIG=$2/apt.conf
	export APT_CONFIG
	apt-get -q update
}

install_with_apt() {
	fetch_apt_lists || return 1
	# Debian 13 and later have no 17.
	for jdk in openjdk-17-jdk-headless openjdk-21-jdk-headless default-jdk-headless; do
		if apt-cache show "$jdk" 2>/dev/null | grep -q '^Package:'; then
			missing=$(echo "$missing" | sed "s/openjdk-17-jdk-headless/$jdk/")
			break
		fi
	done
	# shellcheck disable=SC2086 # $missing is words
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -q -y --no-install-recommends $missing
}

property() {
	sed -n "s|.*<$1>\(.*\)</$1>.*|\1|p" pom.xml | head -n 1
}

# What these sources are: a commit and its time in seconds. git archive writes them into .source-commit.
commit() {
	if [ -e .git ] && git log -1 --format='%H %ct' 2>/dev/null; then
		return
	fi
	grep -v Format .source-commit ||
		echo "unknown $(date -u -d "$(property project.build.outputTimestamp)" +%s)"
}

# As many digits as any clone has, whatever else is in it.
revision() {
	commit | sed 's/ .*//' | cut -c 1-10
}

# The time that everything built has: that of the commit, unless the environment has another.
set_source_date() {
	SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(commit | sed 's/.* //')}
	export SOURCE_DATE_EPOCH
}

# The same as Maven wants it.
source_date() {
	date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ
}

version() {
	sed -n 's|^  <version>\(.*\)</version>|\1|p' pom.xml
}

# tar that writes the same bytes of the same files, wherever and whenever they were written.
reproducible_tar() {
	tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+w,go=rX --mtime="@$SOURCE_DATE_EPOCH" --format=gnu "$@"
}

# The other architecture's compiler.
need_cross_compiler() {
	case $(uname -m) in
	x86_64) need_cross aarch64 arm64 ;;
	aarch64) need_cross x86_64 amd64 ;;
	esac
}

# need_cross MACHINE ARCHITECTURE
need_cross() {
	need "$1-linux-gnu-gcc" "gcc-$(echo "$1" | tr _ -)-linux-gnu"
	[ -e "/usr/$1-linux-gnu/include/stdio.h" ] || missing="$missing libc6-dev-$2-cross"
}

# Maven's bills of materials, of the agent and of the library: target/sbom.json of each.
make_sbom() {
	if [ -z "$(find agent/target/sbom.json -newer pom.xml -newer agent/pom.xml -newer src/pom.xml 2>/dev/null)" ]; then
		mvn -q -B -pl src,agent cyclonedx:makeBom >>"$log"
	fi
}

# The archive is the last file of a build, and is of use to no other JVM than the one that made it.
is_built() {
	[ -e "$dist/synoptic.jsa" ] &&
		[ -z "$(find "$JAVA_HOME/lib/modules" -cnewer "$dist/synoptic.jsa")" ] && [ -z "$(find pom.xml .mvn src/pom.xml src/main \
		agent/pom.xml agent/src/main agent/src/build \
		native/Makefile native/bpf native/include native/launcher native/src -newer "$dist/synoptic.jsa" -print -quit)" ]
}

# Says what Maven does: a line for each step of its output.
show_steps() {
	awk '
		function step(what) { if (!(what in said)) { print "  " what; fflush() } said[what] = 1 }
		/^Downloading from / { step("downloading Java libraries and Maven plugins") }
		/^\[INFO\] --- .*\(libsynoptic\) @ / { step("compiling the C library and the BPF program") }
		/^\[INFO\] --- .*:compile \(default-compile\) @ / { step("compiling Java: " $(NF - 1)) }
		/^\[INFO\] --- .*\(class data archive\) @ / { step("starting the agent once, for its class data archive") }
	'
}

build() {
	say 'building, for some minutes the first time (all of it: target/build.log):'
	mkdir -p target
	# The status goes through a file: a pipe in sh has that of its last command.
	rm -f target/build.failed
	set_source_date
	# Jars keep the modes of files.
	{ umask 022; mvn -B -pl '!benchmark,!example,!deploy/helm' -Dmaven.test.skip=true \
		-Dsynoptic.revision="$(revision)" \
		-Dproject.build.outputTimestamp="$(source_date)" package 2>&1 || : >target/build.failed; } |
		tee target/build.log | show_steps >&2
	if [ -e target/build.failed ]; then
		tail -n 40 target/build.log >&2
		say "$0: the build failed (the whole story: target/build.log)"
		exit 1
	fi
}

# start FOLDER ARGUMENTS: builds what is missing, unless help is all that is asked for, and becomes the
# agent or a command, in the folder that it was called from.
start() {
	called_from=$1
	shift
	if ! find_jdk || ! { is_built || [ "$*" = --help ]; }; then
		need_build_packages
		install_packages
		is_built || build
	fi
	agent=$PWD/$dist/synoptic
	cd "$called_from" || exit
	exec "$agent" "$@"
}

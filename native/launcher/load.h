/* load.h - loads the BPF program that scans are made with. */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>

/* Of a program that is loaded, for synoptic_scan_node(). Both close on exec. */
struct loaded {
	int program;
	int records;
};

/* Why none is: `reason` is of a closed list, `detail` the call that failed, or what is missing. */
struct load_failure {
	const char *reason;
	char detail[128];
	char log[65536]; /* the verifier's, empty if it said nothing */
};

#define LOAD_REASON_BUILD      "build"      /* this launcher was built without clang or libbpf */
#define LOAD_REASON_KERNEL     "kernel"     /* without BTF, or with one that lacks what the program needs */
#define LOAD_REASON_PERMISSION "permission" /* neither root nor CAP_BPF and CAP_PERFMON; lockdown */
#define LOAD_REASON_VERIFIER   "verifier"   /* the kernel doesn't take the program: see the log */
#define LOAD_REASON_OTHER      "other"

/* Returns 0, or -1 and why. */
int load(struct loaded *loaded, struct load_failure *failure);

/* As on a kernel that has the BTF of this file, in place of the running one's. */
int load_as_on(const char *btf, struct loaded *loaded, struct load_failure *failure);

#endif

/* load.h - loads the BPF program that scans are made with. */
#ifndef LOAD_H
#define LOAD_H

#include <stddef.h>

/* Of a program that is loaded, for synoptic_scan_node(). Both close on exec. */
struct loaded {
	int program;
	int records;
};

/* Why none is: `reason` is of a closed list, `detail` an errno's text or empty. */
struct load_failure {
	const char *reason;
	const char *detail;
	char log[65536]; /* the verifier's, empty if it said nothing */
};

#define LOAD_REASON_BUILD      "build"      /* this launcher was built without clang or libbpf */
#define LOAD_REASON_KERNEL     "kernel"     /* older than Linux 6.2, or without BTF */
#define LOAD_REASON_PERMISSION "permission" /* neither root nor CAP_BPF and CAP_PERFMON; lockdown */
#define LOAD_REASON_VERIFIER   "verifier"   /* the kernel doesn't take the program: see the log */
#define LOAD_REASON_OTHER      "other"

/* Returns 0, or -1 and why. */
int load(struct loaded *loaded, struct load_failure *failure);

#endif

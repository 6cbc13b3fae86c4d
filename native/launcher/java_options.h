/* java_options.h - what is in the environment for every Java, and not for the agent's. */
#ifndef JAVA_OPTIONS_H
#define JAVA_OPTIONS_H

/*
 * Leaves out of JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and _JAVA_OPTIONS what java.options settles: the
 * collector, with two of which a JVM doesn't start, and the size of the heap. Says so in a line for
 * each variable. The rest stays. Returns 0 or -errno.
 */
int leave_out_java_options(void);

#endif

/* failure.h - the one line that says why the population can't be made or held. */
#ifndef LAB_FAILURE_H
#define LAB_FAILURE_H

#define FAILURE_TEXT 384

/*
 * Both remember a text; the first one of a process is the cause and stays.
 * failure() takes the whole text and returns -error. failure_call() is for a
 * system call that failed: it appends what errno means and what to do about
 * it, and returns -errno.
 */
int failure(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
int failure_call(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text, without a newline; "" if nothing failed. */
const char *failure_text(void);

#endif

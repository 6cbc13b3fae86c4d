/* failure.c - the one line that says why the population can't be made or held. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char text[FAILURE_TEXT];

static const char *advice(int error)
{
	switch (error) {
	case EMFILE:
		return "; raise the hard limit of open files (ulimit -Hn)";
	case ENFILE:
		return "; raise fs.file-max";
	case ENOMEM:
	case ENOBUFS:
		return "; ask for fewer sockets";
	case EAGAIN:
		return "; raise the limit of processes (ulimit -u)";
	case EADDRINUSE:
		return "; choose another port";
	case EADDRNOTAVAIL:
		return "; has lo this address, and net.ipv4.ip_local_port_range ports enough?";
	case EAFNOSUPPORT:
		return "; this kernel has no such family";
	case ETIMEDOUT:
		return "; does a firewall drop loopback segments?";
	case EPERM:
	case EACCES:
		return "; try as root";
	default:
		return "";
	}
}

int failure(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (!text[0])
		vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return -error;
}

int failure_call(const char *format, ...)
{
	int error = errno;
	char what[FAILURE_TEXT / 2];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	return failure(error, "%s: %s%s", what, strerror(error), advice(error));
}

const char *failure_text(void)
{
	return text;
}

/* steal.c - reaches into another process in every way: steal PID. Names the ways that there are. */
#include "steal.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	steal(atoi(argv[1]), stdout);
	return 0;
}

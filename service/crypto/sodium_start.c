#include "sodium_start.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium.h>

static void
start(void)
{
	if (sodium_init() < 0)
		abort();
}

void
sl_sodium_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, start);
}

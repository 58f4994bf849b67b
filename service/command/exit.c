#include "sluice/command/exit.h"

int
sl_exit_of(enum sl_status status)
{
	switch (status) {
	case SL_OK:
		return SL_EXIT_OK;
	case SL_ERR_NOMEM:
	case SL_ERR_STATE:
	case SL_ERR_INVALID:
	case SL_ERR_LIMIT:
		return SL_EXIT_GENERAL;
	case SL_ERR_IO:
	case SL_ERR_FULL:
		return SL_EXIT_STORAGE;
	case SL_ERR_NOT_FOUND:
		return SL_EXIT_NOT_FOUND;
	case SL_ERR_EXISTS:
	case SL_ERR_CONFLICT:
		return SL_EXIT_CONFLICT;
	case SL_ERR_INTEGRITY:
		return SL_EXIT_INTEGRITY;
	case SL_ERR_AUTH:
		return SL_EXIT_AUTH;
	case SL_ERR_DENIED:
		return SL_EXIT_DENIED;
	case SL_ERR_QUOTA:
		return SL_EXIT_QUOTA;
	case SL_ERR_NETWORK:
	case SL_ERR_TIMEOUT:
		return SL_EXIT_NETWORK;
	case SL_ERR_CANCELLED:
		return SL_EXIT_INTERRUPTED;
	case SL_ERR_PARTIAL:
		return SL_EXIT_PARTIAL;
	}
	return SL_EXIT_GENERAL;
}

#include "sluice/base/status.h"

static const struct {
	const char *name;
	const char *text;
} statuses[] = {
#define X(name, text) [SL_##name] = {"SL_" #name, text},
    SL_STATUS_LIST(X)
#undef X
};

const char *
sl_status_name(enum sl_status status)
{
	return statuses[status].name;
}

const char *
sl_status_text(enum sl_status status)
{
	return statuses[status].text;
}

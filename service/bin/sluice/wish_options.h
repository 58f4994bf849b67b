/* The options of plan, pull and watch that say what is wanted. */
#ifndef SLUICE_BIN_WISH_OPTIONS_H
#define SLUICE_BIN_WISH_OPTIONS_H

#include <stdbool.h>

#include "sluice/client/pull.h"
#include "sluice/command/command.h"

struct sl_run;

/* clang-format off */
#define WISH_OPTIONS                                                         \
	{.name = "layers", .kind = SL_VALUE_TEXT, .argument = "LIST",        \
	    .help = "only these layers, e.g. state,video.wrist; * for all"}, \
	{.name = "where", .kind = SL_VALUE_TEXT, .argument = "FILTER",       \
	    .help = "only episodes like task=pick|place,success=false"},     \
	{.name = "episodes", .kind = SL_VALUE_TEXT, .argument = "RANGES",    \
	    .help = "only these numbers, e.g. 1-100,250"},                   \
	{.name = "max-episodes", .kind = SL_VALUE_U64, .argument = "N",      \
	    .help = "at most the first N that match"},                       \
	{.name = "max-bytes", .kind = SL_VALUE_SIZE, .argument = "SIZE",     \
	    .help = "at most the first that fit, whole episodes"},           \
	{.name = "licence", .kind = SL_VALUE_TEXT, .argument = "ID",         \
	    .help = "which licence, if you have several"},                   \
	{.name = "purpose", .kind = SL_VALUE_TEXT,                           \
	    .argument = "USE[/FIELD][@CC]",                                  \
	    .help = "what it is for, e.g. research or "                      \
	            "commercial_train/logistics@DE; the licence must "       \
	            "allow it, and the ledger keeps it"},                    \
	{.name = "all", .kind = SL_VALUE_FLAG,                               \
	    .help = "forget what the mirror remembers: want everything"}
#define FETCH_OPTIONS                                                        \
	{.name = "jobs", .letter = 'j', .kind = SL_VALUE_U64,                \
	    .argument = "N", .help = "deliveries at once (4)"},              \
	{.name = "limit-rate", .kind = SL_VALUE_SIZE, .argument = "SIZE",    \
	    .help = "bytes per second, all deliveries together"},            \
	{.name = "no-receipt", .kind = SL_VALUE_FLAG,                        \
	    .help = "send no receipt after it"}
/* clang-format on */

/* Dataset and folder (by default of the same name) from the arguments, the
 * wish from the options. */
SL_MUST_CHECK enum sl_status wish_read(struct sl_run *run,
    struct sl_pull_options *options, struct sl_wish_options *change,
    bool has_fetch, struct sl_error *err);

#endif /* SLUICE_BIN_WISH_OPTIONS_H */

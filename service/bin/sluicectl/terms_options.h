/* The options that say what a licence covers: the same for grants, amendments
 * and policies.  They are read onto terms that are there already: what is not
 * given stays. */
#ifndef SLUICECTL_TERMS_OPTIONS_H
#define SLUICECTL_TERMS_OPTIONS_H

#include "ctl.h"
#include "sluice/catalog/policy.h"
#include "sluice/catalog/terms.h"

#define CTL_TEXT_OPTION(the_name, the_argument, the_help)      \
	{                                                      \
		.name = (the_name), .kind = SL_VALUE_TEXT,     \
		.argument = (the_argument), .help = (the_help) \
	}

#define CTL_MANY_OPTION(the_name, the_argument, the_help)          \
	{                                                          \
		.name = (the_name), .kind = SL_VALUE_TEXT,         \
		.is_repeatable = true, .argument = (the_argument), \
		.help = (the_help)                                 \
	}

#define CTL_PRICE_OPTIONS                                                    \
	CTL_TEXT_OPTION("price", "FILE|none",                                \
	    "the price as JSON; the options below change it"),               \
	    CTL_TEXT_OPTION("price-episode", "AMOUNT", "for each episode"),  \
	    CTL_TEXT_OPTION(                                                 \
	        "price-hour", "AMOUNT", "for each hour of episodes"),        \
	    CTL_TEXT_OPTION(                                                 \
	        "price-month", "AMOUNT", "for each month in which it runs"), \
	    {.name = "price-included-episodes",                              \
	        .kind = SL_VALUE_U64,                                        \
	        .argument = "N",                                             \
	        .help = "episodes a month that cost nothing more"},          \
	    {.name = "price-included-hours",                                 \
	        .kind = SL_VALUE_U64,                                        \
	        .argument = "N",                                             \
	        .help = "hours a month that cost nothing more"},             \
	    CTL_TEXT_OPTION("price-cap", "AMOUNT|none",                      \
	        "at most so much a month, the monthly price aside")

#define CTL_TERMS_OPTIONS                                                      \
	CTL_TEXT_OPTION("class", "NAME",                                       \
	    "class of licences, for early access; default standard"),          \
	    CTL_TEXT_OPTION("programme", "NAME",                               \
	        "label that reports and statements group by"),                 \
	    CTL_TEXT_OPTION("layers", "LIST",                                  \
	        "layers, such as state,video.wrist; default all"),             \
	    CTL_TEXT_OPTION("where", "FILTER",                                 \
	        "episodes, such as task=pick|place,success=true; or none"),    \
	    CTL_TEXT_OPTION("history", "all|last:N|from:SEQ|none",             \
	        "batches that there are now; default all"),                    \
	    CTL_TEXT_OPTION("future", "all|until:SEQ|none",                    \
	        "batches to come; default all"),                               \
	    {.name = "grace",                                                  \
	        .kind = SL_VALUE_DURATION,                                     \
	        .argument = "TIME",                                            \
	        .help = "after the end, what is held may be fetched "          \
	                "again for so long"},                                  \
	    CTL_TEXT_OPTION("use", "USE",                                      \
	        "evaluate, research, internal_train, commercial_train "        \
	        "or deploy_model"),                                            \
	    CTL_MANY_OPTION("field-allow", "FIELD",                            \
	        "only this field of use, such as logistics; or '*'"),          \
	    CTL_MANY_OPTION(                                                   \
	        "field-deny", "FIELD", "not this field of use; or none"),      \
	    CTL_MANY_OPTION(                                                   \
	        "network", "CIDR", "only clients of this network; or '*'"),    \
	    CTL_MANY_OPTION("country", "CC",                                   \
	        "only clients that declare this country; or '*'"),             \
	    CTL_TEXT_OPTION(                                                   \
	        "quota-episodes", "N|none", "at most so many episodes"),       \
	    CTL_TEXT_OPTION(                                                   \
	        "quota-hours", "N|none", "at most so many hours of episodes"), \
	    CTL_TEXT_OPTION(                                                   \
	        "quota-bytes", "SIZE|none", "at most so many bytes of files"), \
	    CTL_TEXT_OPTION("quota-per", "total|month",                        \
	        "what the quota is for; a month is UTC's"),                    \
	    {.name = "overage",                                                \
	        .kind = SL_VALUE_U64,                                          \
	        .argument = "PERCENT",                                         \
	        .help = "by how much the quota may be exceeded"},              \
	    CTL_TEXT_OPTION(                                                   \
	        "deliveries", "N|none", "at most so many deliveries at once"), \
	    CTL_TEXT_OPTION("on-expiry", "none|delete|certify[:DAYS]",         \
	        "what the customer must do after the end"),                    \
	    CTL_PRICE_OPTIONS

/* All of them but history and future. */
SL_MUST_CHECK enum sl_status ctl_read_terms(
    struct sl_terms *terms, struct sl_run *run, struct sl_error *err);

/* history and future. */
SL_MUST_CHECK enum sl_status ctl_read_window(
    struct sl_window *window, struct sl_run *run, struct sl_error *err);

/* CTL_PRICE_OPTIONS alone. */
SL_MUST_CHECK enum sl_status ctl_read_price(struct sl_price *price,
    bool *has_price, struct sl_run *run, struct sl_error *err);

/* ---- the text that a licence is bound to, and its dates ---- */

#define CTL_TEXT_OPTIONS                                                   \
	CTL_TEXT_OPTION("terms", "FILE|none",                              \
	    "text that the customer has to accept, bound by its SHA-256"), \
	    CTL_TEXT_OPTION("contract", "FILE",                            \
	        "contract signed elsewhere, bound by its SHA-256; "        \
	        "nothing has to be accepted")

/* Keep the text, bind the terms to it.  Within the change's transaction. */
SL_MUST_CHECK enum sl_status ctl_bind_text(struct sl_terms *terms,
    struct sl_run *run, struct sl_db *db, struct sl_error *err);

#endif /* SLUICECTL_TERMS_OPTIONS_H */

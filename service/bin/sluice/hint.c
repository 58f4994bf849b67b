#include "hint.h"

#include <string.h>

#include "sluice/command/run.h"

static const struct {
	const char *code;
	const char *words;
} hints[] = {
    {"licence_ambiguous",
        "choose one with --licence; `sluice licence list` lists them"},
    {"terms_not_accepted",
        "read the terms with `sluice licence terms ID`, then `sluice licence "
        "accept ID`; `sluice licence list` tells the ID"},
    {"use_not_granted",
        "declare what it is for with --purpose (evaluate, research, "
        "internal_train, commercial_train or deploy_model); `sluice licence "
        "show ID` tells how far the licence goes"},
    {"field_not_allowed",
        "declare the field with --purpose USE/FIELD; `sluice licence explain "
        "ID --purpose USE/FIELD` tells what the licence allows"},
    {"territory_not_allowed",
        "declare the country with --purpose USE@CC, or work from a network "
        "that the licence names; `sluice licence explain ID` tells more"},
    {"agreement_not_active",
        "the licence's agreement is suspended, ended or not yet begun: ask "
        "the provider"},
    {"batch_not_released",
        "`sluice status` tells when the next batch is released to the "
        "licence"},
    {"licence_expired",
        "ask the provider to renew it; `sluice licence list` tells what it "
        "obliges to now"},
    {"licence_not_found", "`sluice licence list` lists those that you have"},
    {"layer_not_in_scope",
        "`sluice licence list` tells which layers the licence covers"},
    {"stale", "the provider is changing the licence just now: try again"},
    {"freeze",
        "try again later; if it stays so, ask the provider whether its "
        "witness runs, and another customer what is newest"},
    {"future", "look at this machine's clock first"},
    {"fork",
        "keep the mirror as it is and show the file under .sluice/log to the "
        "provider and others: `sluice compare FILE` checks it anywhere"},
    {"rollback",
        "the server may be a restored copy, or lying: ask the provider"},
    {"no_root",
        "log in with a profile that pins root keys, or with "
        "--trust-on-first-use"},
    {"trust_rollback",
        "`sluice pull` asks for the newest trust file; if the server has none "
        "newer, it is a restored copy, or lying: ask the provider"},
    {"trust_expired", "the provider must issue the next trust file"},
    {"too_many_deliveries",
        "wait for the other deliveries of this licence, or use fewer --jobs"},
};

bool
hint_refusal(struct sl_run *run, const struct sl_error *err)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (strcmp(err->code, hints[i].code) == 0) {
			sl_run_hint(run, "%s", hints[i].words);
			return true;
		}
	}
	return false;
}

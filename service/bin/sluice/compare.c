#include "sluice/client/compare.h"

#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "sluice/base/base64.h"
#include "sluice/command/run.h"

#define ROOT_TEXT (SL_BASE64_LEN(SL_LOG_HASH_BYTES) + 1)

static const struct sl_option options_of_compare[] = {
    {.name = "trust",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE|DIR",
        .help = "the trust file, or a mirror, that says which keys are the "
                "log's"},
    {0},
};

static json_t *
side_json(const struct sl_checkpoint *side)
{
	char root[ROOT_TEXT];

	sl_base64_encode(root, side->tree.root.bytes, SL_LOG_HASH_BYTES);
	return json_pack("{s:s, s:s, s:I, s:I, s:s}", "origin", side->origin,
	    "dataset", side->dataset, "epoch", (json_int_t)side->epoch, "size",
	    (json_int_t)side->tree.size, "root", root);
}

static const char *
verdict_of(enum sl_status status)
{
	if (status == SL_OK)
		return "consistent";
	if (status == SL_ERR_INVALID)
		return "different_logs";
	return status == SL_ERR_PARTIAL ? "cannot_tell" : "contradiction";
}

static void
report(struct sl_run *run, const struct sl_compare_result *result,
    enum sl_status status)
{
	const struct sl_checkpoint *sides = result->sides;

	if (!result->has_sides)
		return;
	for (int i = 0; i < 2; i++) {
		char root[ROOT_TEXT];

		sl_base64_encode(
		    root, sides[i].tree.root.bytes, SL_LOG_HASH_BYTES);
		sl_run_print(run,
		    "%c  %s/%s epoch %" PRIu32 ", size %" PRIu64 ", root %s",
		    "AB"[i], sides[i].origin, sides[i].dataset, sides[i].epoch,
		    sides[i].tree.size, root);
	}
	if (status == SL_OK)
		sl_run_print(run, "One history, as far as both go.%s",
		    result->is_signed
		        ? ""
		        : "  Signatures were not checked: --trust "
		          "says by whose keys.");
	sl_run_json(run,
	    json_pack("{s:s, s:b, s:o, s:o}", "verdict", verdict_of(status),
	        "signed", (int)result->is_signed, "a", side_json(&sides[0]),
	        "b", side_json(&sides[1])));
}

static bool
is_misuse(const struct sl_error *err)
{
	return strcmp(err->code, "different_logs") == 0 ||
	    strcmp(err->code, "not_two_sides") == 0;
}

static enum sl_status
run_compare(struct sl_run *run, struct sl_error *err)
{
	const struct sl_compare_options options = {
	    .a = sl_run_arg(run, 0),
	    .b = sl_run_arg(run, 1),
	    .trust = sl_run_text(run, "trust"),
	};
	struct sl_compare_result result;
	enum sl_status status = sl_compare(&options, &result, err);

	report(run, &result, status);
	return is_misuse(err) ? sl_run_blame(run, status) : status;
}

const struct sl_command cmd_compare = {
    .name = "compare",
    .summary = "do two views of a log contradict each other",
    .arguments = "A [B]",
    .args_min = 1,
    .args_max = 2,
    .options = options_of_compare,
    .details =
        "A and B are mirrors, signed checkpoints or proofs of inclusion; A "
        "alone is a fork file as a pull leaves it under .sluice/log.  Works "
        "offline.  Exit code 7, with the evidence, if the log signed two "
        "histories; 3 if what is there does not tell, or is only a proof that "
        "does not hold; 0 if one continues the other; 2 if they are of two "
        "datasets.",
    .run = run_compare,
};

/* usage verify: a statement against what is held here. */
#include "sluice/client/bill.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "count.h"
#include "credentials.h"
#include "sluice/base/clock.h"
#include "sluice/client/book.h"
#include "sluice/command/run.h"
#include "sluice/command/value.h"

#define NUMBERS_MAX (1024 * 1024)

static const struct sl_option options_of_verify[] = {
    {.name = "mirror",
        .kind = SL_VALUE_TEXT,
        .argument = "DIR",
        .is_repeatable = true,
        .help = "a mirror that got what is charged"},
    {.name = "billing-key",
        .kind = SL_VALUE_TEXT,
        .argument = "FILE",
        .help = "the provider's billing.pub, instead of the profile's keys"},
    {0},
};

struct keys {
	struct sl_verify_key keys[SL_PROFILE_ROOTS_MAX];
	size_t count;
};

static enum sl_status
no_key(struct sl_run *run, struct sl_error *err)
{
	sl_run_hint(run,
	    "ask the provider for billing.pub by a way that you trust, and "
	    "give it with --billing-key, or log in with a newer profile");
	return sl_error_code(err, SL_ERR_INTEGRITY, "no_billing_key",
	    "no billing key of the provider is known here, so nobody's "
	    "signature can be trusted");
}

static enum sl_status
load_keys(struct sl_run *run, struct keys *out, struct sl_error *err)
{
	const char *file = sl_run_text(run, "billing-key");
	struct sl_profile profile;
	enum sl_status status;

	memset(out, 0, sizeof(*out));
	if (file != NULL) {
		out->count = 1;
		return sl_verify_key_load(&out->keys[0], file, err);
	}
	sl_profile_init(&profile);
	status = credentials_load(run, &profile, err);
	for (size_t i = 0; status == SL_OK && i < profile.billing_count; i++) {
		status = sl_verify_key_parse(&out->keys[out->count++],
		    sl_slice_text(profile.billing[i]));
		if (status != SL_OK)
			sl_error_set(err, status,
			    "the profile's billing key is garbled");
	}
	sl_profile_clear(&profile);
	if (status == SL_OK && out->count == 0)
		status = no_key(run, err);
	return status;
}

/* -- output -- */

static json_t *
lines_json(const struct sl_statement *statement)
{
	json_t *array = json_array();

	for (size_t i = 0; i < statement->line_count; i++) {
		const struct sl_statement_line *line = &statement->lines[i];

		json_array_append_new(array,
		    json_pack("{s:s, s:s, s:I, s:I, s:I, s:s}", "name",
		        sl_ledger_kind_name(line->kind), "kind",
		        sl_ledger_kind_name(line->kind), "episodes",
		        (json_int_t)line->episodes, "duration_ms",
		        (json_int_t)line->duration_ms, "bytes",
		        (json_int_t)line->bytes, "amount", line->amount));
	}
	return array;
}

static json_t *
difference_json(const struct sl_bill_result *result, const struct sl_error *err)
{
	const struct sl_bill_difference *difference = &result->difference;

	if (!result->differs)
		return json_null();
	return json_pack("{s:s, s:I, s:s, s:s, s:s}", "code", err->code, "row",
	    (json_int_t)difference->row, "field", difference->field, "said",
	    difference->said, "ours", difference->ours);
}

/* "1-3,7"; the caller clears. */
static const char *
episodes_text(struct sl_buf *buf, const struct sl_multirange *numbers)
{
	sl_buf_init(buf, NUMBERS_MAX);
	if (sl_multirange_format(buf, numbers) != SL_OK)
		return "";
	return sl_buf_text(buf);
}

static json_t *
result_json(const struct sl_bill_result *result, const struct keys *keys,
    const struct sl_error *err)
{
	const struct sl_statement *statement = &result->statement;
	char licence[SL_UUID_TEXT_LEN + 1];
	char signer[SL_KEY_TEXT_LEN + 1];
	struct sl_buf numbers;
	json_t *object;

	sl_uuid_format(licence, &statement->licence);
	sl_verify_key_format(signer, &keys->keys[result->signer]);
	object = json_pack(
	    "{s:b, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:s}, s:o, "
	    "s:{s:s, s:s}, s:s}",
	    "verified", !result->differs, "difference",
	    difference_json(result, err), "licence", licence, "dataset",
	    statement->dataset, "rows", (json_int_t)statement->row_count,
	    "charges", (json_int_t)result->charges, "recomputed",
	    (json_int_t)result->recomputed, "heads", (json_int_t)result->heads,
	    "not_held", "segments", (json_int_t)result->not_held_segments,
	    "bytes", (json_int_t)result->not_held_bytes, "episodes",
	    episodes_text(&numbers, &result->not_held_episodes), "lines",
	    lines_json(statement), "total", "amount", statement->total.amount,
	    "currency", statement->currency, "signed_by", signer);
	sl_buf_clear(&numbers);
	return object;
}

static void
print_sums(struct sl_run *run, const struct sl_statement *statement)
{
	char bytes[SL_VALUE_SHOW_MAX], duration[SL_VALUE_SHOW_MAX];
	char from[SL_TIME_TEXT_MAX], until[SL_TIME_TEXT_MAX];

	sl_time_format(from, statement->from_us);
	sl_time_format(until, statement->until_us);
	sl_run_print(run, "%s, %.10s to %.10s, rows %" PRIu64 " to %" PRIu64,
	    statement->dataset, from, until, statement->opening.number + 1,
	    statement->closing.number);
	for (size_t i = 0; i < statement->line_count; i++) {
		const struct sl_statement_line *line = &statement->lines[i];

		sl_value_show_bytes(
		    bytes, line->bytes > 0 ? (uint64_t)line->bytes : 0);
		sl_value_show_duration(duration,
		    line->duration_ms > 0 ? (uint64_t)line->duration_ms : 0);
		sl_run_print(run, "%-8s  %" PRId64 " episode%s, %s, %s  %s %s",
		    sl_ledger_kind_name(line->kind), line->episodes,
		    line->episodes == 1 ? "" : "s", duration, bytes,
		    line->amount, statement->currency);
	}
	sl_run_print(run, "Total     %s %s", statement->total.amount,
	    statement->currency);
}

static void
print_result(struct sl_run *run, const struct sl_bill_options *options,
    const struct sl_bill_result *result, const struct sl_error *err)
{
	const struct sl_bill_difference *difference = &result->difference;
	struct sl_buf numbers;

	print_sums(run, &result->statement);
	sl_run_print(run,
	    "Compared  %" PRIu64 " of %" PRIu64
	    " charges with signed batches, %" COUNT,
	    result->recomputed, result->charges,
	    COUNTED(result->heads, "kept head"));
	if (options->mirror_count > 0 && result->not_held_segments > 0) {
		sl_run_print(run, "Not held  %" COUNT ", of episodes %s",
		    COUNTED(result->not_held_segments, "charged segment"),
		    episodes_text(&numbers, &result->not_held_episodes));
		sl_buf_clear(&numbers);
	}
	if (!result->differs) {
		sl_run_print(run, "Right     as far as this side can tell");
		return;
	}
	if (difference->row > 0)
		sl_run_print(run, "Differs   row %" PRIu64 ", %s",
		    difference->row, difference->field);
	else
		sl_run_print(run, "Differs   %s", err->text);
	if (difference->said[0] != '\0') {
		sl_run_print(run, "  statement  %s", difference->said);
		sl_run_print(run, "  here       %s", difference->ours);
	}
}

static enum sl_status
read_options(
    struct sl_run *run, struct sl_bill_options *options, struct sl_error *err)
{
	options->path = sl_run_arg(run, 0);
	options->mirror_count = sl_run_count(run, "mirror");
	if (options->mirror_count > SL_BILL_MIRRORS_MAX)
		return sl_run_usage(
		    run, err, "at most %d times --mirror", SL_BILL_MIRRORS_MAX);
	for (size_t i = 0; i < options->mirror_count; i++)
		options->mirrors[i] = sl_run_text_at(run, "mirror", i);
	return SL_OK;
}

static enum sl_status
run_verify(struct sl_run *run, struct sl_error *err)
{
	struct sl_bill_options options = {0};
	char *book = credentials_state_path(SL_BOOK_FOLDER);
	struct sl_bill_result result;
	struct keys keys;
	enum sl_status status;

	sl_bill_result_init(&result);
	status = read_options(run, &options, err);
	if (status == SL_OK)
		status = load_keys(run, &keys, err);
	if (status == SL_OK) {
		options.keys = keys.keys;
		options.key_count = keys.count;
		options.book = book;
		status = sl_bill_verify(&options, &result, err);
		if (result.is_signed && (status == SL_OK || result.differs)) {
			print_result(run, &options, &result, err);
			sl_run_json(run, result_json(&result, &keys, err));
		}
		if (status == SL_OK && options.mirror_count == 0)
			sl_run_hint(run, "--mirror DIR compares more");
	}
	sl_bill_result_clear(&result);
	free(book);
	return status;
}

const struct sl_command cmd_usage_verify = {
    .name = "usage verify",
    .summary = "recompute a statement from what is held here",
    .arguments = "STATEMENT",
    .args_min = 1,
    .args_max = 1,
    .options = options_of_verify,
    .details =
        "Works offline.  Checks the signature in STATEMENT.minisig, the chain "
        "of rows, every amount and sum, the heads of the ledger that pulls "
        "and `sluice usage` have kept, and with --mirror each charge against "
        "the signed batches.  Shows the first row that differs with both "
        "values; exit code 7.",
    .run = run_verify,
};

/* sl_licence_decide() on a table: one question per line of standard input, one
 * answer per line of standard output.
 *
 * A line is `key=value` parted by spaces; what is not named is all zero, the
 * terms are as sl_terms_init() makes them.  An answer is `allow` or `deny`,
 * the codes of all failed checks joined by commas or `-`, and valid_until in
 * microseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/catalog/decide.h"

#define LINE_MAX_BYTES 4096

struct question {
	bool is_unreadable;
	struct sl_terms terms;
	struct sl_licence_state state;
	struct sl_decide_request request;
	int64_t now_us;
	struct sl_layers layers;
	struct sl_purpose purpose;
	char dataset[SL_DATASET_NAME_MAX + 1];
	char address[64];
};

static void
fail(const char *key, const char *value)
{
	fprintf(stderr, "decide_table: %s=%s is not understood\n", key, value);
	exit(2);
}

static void
must(enum sl_status status, const char *key, const char *value)
{
	if (status != SL_OK)
		fail(key, value);
}

/* Members that are numbers, by name. */
enum number_kind {
	KIND_U64,
	KIND_I64,
	KIND_U32,
	KIND_BOOL
};

#define NUMBER(kind, name, member)                            \
	{                                                     \
		name, kind, offsetof(struct question, member) \
	}

static const struct number {
	const char *key;
	enum number_kind kind;
	size_t offset;
} numbers[] = {
    NUMBER(KIND_BOOL, "unreadable", is_unreadable),
    NUMBER(KIND_I64, "now", now_us),
    NUMBER(KIND_I64, "from", terms.from_us),
    NUMBER(KIND_I64, "until", terms.until_us),
    NUMBER(KIND_U32, "grace", terms.grace_s),
    NUMBER(KIND_U64, "quota_episodes", terms.quota.episodes),
    NUMBER(KIND_U64, "quota_ms", terms.quota.duration_ms),
    NUMBER(KIND_U64, "quota_bytes", terms.quota.bytes),
    NUMBER(KIND_U32, "overage", terms.overage_percent),
    NUMBER(KIND_U32, "deliveries", terms.deliveries),
    NUMBER(KIND_BOOL, "needs_acceptance", terms.needs_acceptance),
    NUMBER(KIND_BOOL, "has_price", terms.has_price),
    NUMBER(KIND_BOOL, "accepted", state.accepted),
    NUMBER(KIND_U32, "released", state.released_seq),
    NUMBER(KIND_U32, "running", state.deliveries),
    NUMBER(KIND_U32, "max", state.deliveries_max),
    NUMBER(KIND_U64, "used_episodes", state.used.episodes),
    NUMBER(KIND_U64, "used_ms", state.used.duration_ms),
    NUMBER(KIND_U64, "used_bytes", state.used.bytes),
    NUMBER(KIND_BOOL, "agreement", state.agreement.has),
    NUMBER(KIND_I64, "agreement_from", state.agreement.from_us),
    NUMBER(KIND_I64, "agreement_until", state.agreement.until_us),
    NUMBER(
        KIND_U64, "ceiling_episodes", state.agreement.ceiling.quota.episodes),
    NUMBER(KIND_U64, "ceiling_ms", state.agreement.ceiling.quota.duration_ms),
    NUMBER(KIND_U64, "ceiling_bytes", state.agreement.ceiling.quota.bytes),
    NUMBER(KIND_U64, "ceiling_money", state.agreement.ceiling.money_micro),
    NUMBER(KIND_U64, "spent_episodes", state.agreement.used.episodes),
    NUMBER(KIND_U64, "spent_ms", state.agreement.used.duration_ms),
    NUMBER(KIND_U64, "spent_bytes", state.agreement.used.bytes),
    NUMBER(KIND_I64, "spent_money", state.agreement.used_money_micro),
    NUMBER(KIND_U32, "seq", request.seq),
    NUMBER(KIND_BOOL, "new", request.new_delivery),
    NUMBER(KIND_U64, "charge_episodes", request.charge.episodes),
    NUMBER(KIND_U64, "charge_ms", request.charge.duration_ms),
    NUMBER(KIND_U64, "charge_bytes", request.charge.bytes),
    NUMBER(KIND_I64, "charge_money", request.charge_money_micro),
};

static void
set_u64(void *at, const char *key, const char *value)
{
	uint64_t number = SL_QUOTA_NONE;

	if (strcmp(value, "none") != 0 &&
	    !sl_parse_u64(value, UINT64_MAX, &number))
		fail(key, value);
	memcpy(at, &number, sizeof(number));
}

static void
set_i64(void *at, const char *key, const char *value)
{
	char *end;
	int64_t number = strtoll(value, &end, 10);

	if (*value == '\0' || *end != '\0')
		fail(key, value);
	memcpy(at, &number, sizeof(number));
}

static void
set_small(void *at, enum number_kind kind, const char *key, const char *value)
{
	uint64_t number = 0;
	uint32_t word;
	bool flag;

	if (!sl_parse_u64(value, kind == KIND_BOOL ? 1 : UINT32_MAX, &number))
		fail(key, value);
	word = (uint32_t)number;
	flag = number == 1;
	if (kind == KIND_BOOL)
		memcpy(at, &flag, sizeof(flag));
	else
		memcpy(at, &word, sizeof(word));
}

static bool
set_number(struct question *q, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		void *at = (char *)q + numbers[i].offset;

		if (strcmp(key, numbers[i].key) != 0)
			continue;
		if (numbers[i].kind == KIND_U64)
			set_u64(at, key, value);
		else if (numbers[i].kind == KIND_I64)
			set_i64(at, key, value);
		else
			set_small(at, numbers[i].kind, key, value);
		return true;
	}
	return false;
}

/* A status that has no name is one that no build knows. */
static bool
set_status(struct question *q, const char *key, const char *value)
{
	struct sl_slice name = sl_slice_text(value);

	if (strcmp(key, "status") == 0) {
		if (sl_licence_status_by_name(&q->state.status, name) != SL_OK)
			q->state.status = (enum sl_licence_status)77;
		return true;
	}
	if (strcmp(key, "agreement_status") == 0) {
		if (sl_agreement_status_by_name(
		        &q->state.agreement.status, name) != SL_OK)
			q->state.agreement.status =
			    (enum sl_agreement_status)77;
		return true;
	}
	return false;
}

/* The next word before `mark`, taken off the front; NULL at the end. */
static char *
next_word(char **text, char mark)
{
	char *word = *text;
	char *end = strchr(word, mark);

	if (*word == '\0')
		return NULL;
	*text = end == NULL ? word + strlen(word) : end + 1;
	if (end != NULL)
		*end = '\0';
	return word;
}

/* "a,b" is added piece by piece. */
static void
set_territory(struct sl_territory *territory, bool is_network, const char *key,
    char *value)
{
	char *piece;

	if (is_network) {
		territory->all_networks = false;
		territory->network_count = 0;
	} else {
		territory->all_countries = false;
		memset(territory->countries, 0, sizeof(territory->countries));
	}
	while ((piece = next_word(&value, ',')) != NULL)
		must(is_network ? sl_territory_add_network(
		                      territory, sl_slice_text(piece), NULL)
		                : sl_territory_add_country(
		                      territory, sl_slice_text(piece), NULL),
		    key, piece);
}

static bool
set_rule(struct question *q, const char *key, char *value)
{
	struct sl_slice text = sl_slice_text(value);
	struct sl_terms *terms = &q->terms;

	if (strcmp(key, "use") == 0)
		must(sl_use_by_name(&terms->use, text), key, value);
	else if (strcmp(key, "per") == 0)
		must(sl_quota_per_by_name(&terms->per, text), key, value);
	else if (strcmp(key, "allow") == 0)
		must(sl_fields_parse(&terms->allow, text, NULL), key, value);
	else if (strcmp(key, "deny") == 0)
		must(sl_fields_parse(&terms->deny, text, NULL), key, value);
	else if (strcmp(key, "layers") == 0)
		must(sl_layers_parse(&terms->scope.layers, text, NULL), key,
		    value);
	else if (strcmp(key, "networks") == 0)
		set_territory(&terms->territory, true, key, value);
	else if (strcmp(key, "countries") == 0)
		set_territory(&terms->territory, false, key, value);
	else
		return false;
	return true;
}

static void
set_request(struct question *q, const char *key, const char *value)
{
	struct sl_slice text = sl_slice_text(value);

	if (strcmp(key, "dataset") == 0) {
		(void)snprintf(q->dataset, sizeof(q->dataset), "%s", value);
		q->request.dataset = q->dataset;
	} else if (strcmp(key, "address") == 0) {
		(void)snprintf(q->address, sizeof(q->address), "%s", value);
		q->request.address = q->address;
	} else if (strcmp(key, "asked") == 0) {
		must(sl_layers_parse(&q->layers, text, NULL), key, value);
		q->request.layers = &q->layers;
	} else if (strcmp(key, "purpose") == 0) {
		must(sl_purpose_parse(&q->purpose, text, NULL), key, value);
		q->request.purpose = &q->purpose;
	} else {
		fail(key, value);
	}
}

static void
set(struct question *q, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		fail(word, "");
	else
		*value++ = '\0';
	if (!set_number(q, word, value) && !set_status(q, word, value) &&
	    !set_rule(q, word, value))
		set_request(q, word, value);
}

static void
answer(struct question *q)
{
	struct sl_decision decision =
	    sl_licence_decide(q->is_unreadable ? NULL : &q->terms, &q->state,
	        &q->request, q->now_us);
	const char *code = "";

	printf("%s ", decision.allowed ? "allow" : "deny");
	for (size_t i = 0; i < decision.failed_count; i++)
		printf("%s%s", i == 0 ? "" : ",",
		    sl_decide_code(decision.failed[i]));
	if (decision.failed_count > 0)
		code = sl_decide_code(decision.failed[0]);
	if (strcmp(decision.code, code) != 0 ||
	    (decision.sentence[0] == '\0') != decision.allowed ||
	    (!decision.allowed &&
	        strcmp(decision.sentence,
	            sl_decide_sentence(decision.failed[0])) != 0))
		fail("code", decision.code);
	printf("%s %lld\n", decision.failed_count == 0 ? "-" : "",
	    (long long)decision.valid_until_us);
}

int
main(void)
{
	static char line[LINE_MAX_BYTES];
	static struct question q;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line;
		char *word;

		memset(&q, 0, sizeof(q));
		sl_terms_init(&q.terms);
		(void)snprintf(q.terms.dataset, sizeof(q.terms.dataset), "ds");
		q.state.agreement.ceiling = (struct sl_ceiling){
		    {SL_QUOTA_NONE, SL_QUOTA_NONE, SL_QUOTA_NONE},
		    SL_QUOTA_NONE};
		line[strcspn(line, "\n")] = '\0';
		while ((word = next_word(&rest, ' ')) != NULL)
			set(&q, word);
		answer(&q);
		sl_terms_clear(&q.terms);
	}
	/* What has a name is named the same way again. */
	return strcmp(sl_licence_status_name(SL_LICENCE_ACTIVE), "active") ==
	            0 &&
	        strcmp(sl_licence_status_name(SL_LICENCE_SUSPENDED),
	            "suspended") == 0 &&
	        strcmp(sl_licence_status_name((enum sl_licence_status)77),
	            "revoked") == 0
	    ? EXIT_SUCCESS
	    : EXIT_FAILURE;
}

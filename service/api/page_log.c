#include "page_log.h"

#include <string.h>

#include "card.h"
#include "words.h"

/* "5 minutes" */
static json_t *
make_age(uint64_t seconds)
{
	static const struct {
		unsigned seconds;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t count = seconds / units[i].seconds;

		if (count > 0)
			return json_sprintf("%llu %s%s",
			    (unsigned long long)count, units[i].name,
			    count == 1 ? "" : "s");
	}
	return json_string("less than a minute");
}

int
page_fill_log(json_t *values, const json_t *dataset)
{
	json_t *said = json_object_get(dataset, "log");
	const char *fresh = card_text(said, "fresh");
	json_t *log = json_object();
	char size[WORDS_MAX];
	int failed = 0;

	if (!json_is_object(said)) {
		json_decref(log);
		return json_object_set_new(values, "log", json_false());
	}
	words_count(size, card_count(said, "size"));
	failed |= card_set(log, "size", size);
	failed |= card_set(log, "root", card_text(said, "root"));
	failed |= json_object_set_new(
	    log, "epoch", json_integer((json_int_t)card_count(said, "epoch")));
	failed |= json_object_set_new(
	    log, "trust", json_integer((json_int_t)card_count(said, "trust")));
	failed |= json_object_set_new(log, "is_private",
	    json_boolean(
	        strcmp(card_text(dataset, "visibility"), "private") == 0));
	failed |= card_set(log, "fresh_iso", fresh);
	failed |= json_object_set_new(
	    log, "is_fresh", json_boolean(fresh[0] != '\0'));
	failed |= json_object_set_new(
	    log, "age", make_age(card_count(said, "age_s")));
	failed |= json_object_set_new(values, "log", log);
	return failed;
}

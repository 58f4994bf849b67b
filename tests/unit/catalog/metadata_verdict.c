/* Reads metadata, one JSON object per line; writes "good", or "bad: " and why,
 * for each.  check_metadata compares that with another program's verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/catalog/json.h"
#include "sluice/catalog/metadata.h"

int
main(void)
{
	struct sl_metadata_rules *rules;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (sl_metadata_rules_new(&rules, NULL) != SL_OK)
		return 1;
	while ((len = getline(&line, &room, stdin)) > 0) {
		struct sl_error err = {0};
		json_t *metadata;
		enum sl_status status =
		    sl_json_parse(&metadata, sl_slice_of(line, (size_t)len),
		        SL_METADATA_BYTES_MAX, &err);

		if (status == SL_OK) {
			status = sl_metadata_check(rules, metadata, &err);
			json_decref(metadata);
		}
		printf(status == SL_OK ? "good\n" : "bad: %s\n", err.text);
	}
	free(line);
	sl_metadata_rules_free(rules);
	return 0;
}

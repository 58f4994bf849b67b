#include "commands.h"
#include "connect.h"
#include "credentials.h"
#include "sluice/base/clock.h"
#include "sluice/command/run.h"
#include "sluice/command/table.h"

static const struct sl_column licence_columns[] = {
    {"dataset", "Dataset", SL_COLUMN_TEXT},
    {"effective", "Status", SL_COLUMN_CODE},
    {"valid_until", "Valid until", SL_COLUMN_TEXT},
    {"name", "Licence", SL_COLUMN_TEXT},
    {0},
};

static enum sl_status
print_licences(struct sl_run *run, json_t *licences, struct sl_error *err)
{
	struct sl_table *table;
	json_t *row;
	size_t i;

	if (sl_table_new(&table, licence_columns) != SL_OK)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	json_array_foreach (licences, i, row) {
		if (sl_table_add(table, json_incref(row)) != SL_OK) {
			sl_table_free(table);
			return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
		}
	}
	sl_table_print(table, run, "No licence.");
	sl_table_free(table);
	return SL_OK;
}

static enum sl_status
run_whoami(struct sl_run *run, struct sl_error *err)
{
	char expires[SL_TIME_TEXT_MAX];
	struct sl_profile profile;
	const char *customer = NULL;
	json_t *answer = NULL;
	json_t *licences;
	enum sl_status status;

	sl_profile_init(&profile);
	status = credentials_load(run, &profile, err);
	if (status == SL_OK)
		status = connect_get(run, "/v1/licences", &answer, err);
	if (status == SL_OK) {
		licences = json_object_get(answer, "licences");
		customer = json_string_value(
		    json_object_get(json_array_get(licences, 0), "customer"));
		sl_time_format(expires, profile.expires_us);
		sl_run_print(run, "Customer  %s",
		    customer == NULL ? "(no licence yet)" : customer);
		sl_run_print(run, "Server    %s", profile.endpoint);
		sl_run_print(run, "Token     valid until %s", expires);
		sl_run_json(run,
		    json_pack("{s:s?, s:s, s:s, s:O?}", "customer", customer,
		        "endpoint", profile.endpoint, "expires", expires,
		        "licences", licences));
		if (!sl_run_is_json(run))
			status = print_licences(run, licences, err);
	}
	json_decref(answer);
	sl_profile_clear(&profile);
	return status;
}

const struct sl_command cmd_whoami = {
    .name = "whoami",
    .summary = "show who you are, where, and your licences",
    .run = run_whoami,
};

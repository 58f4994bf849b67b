#include "sluice/catalog/grant.h"

#include <stdio.h>

#include "suites.h"

START_TEST(a_grant_is_written_as_released_and_read_again)
{
	struct sl_grant grant;
	struct sl_grant again;
	struct sl_error err = {0};
	struct sl_buf buf;

	sl_grant_init(&grant);
	grant.licence.bytes[0] = 1;
	grant.licence_version = 3;
	(void)snprintf(grant.dataset, sizeof(grant.dataset), "ur5e-kitting");
	grant.kind = SL_DATASET_SUBSCRIPTION;
	ck_assert(sl_where_parse(&grant.scope.where, sl_slice_text("task=pick"),
	              NULL) == SL_OK);
	grant.scope.window_until = 9;
	(void)snprintf(grant.class_name, sizeof(grant.class_name), "partner");
	grant.seq = 7;
	grant.release_seq = 8;
	grant.release_at_us = INT64_C(1795251600) * 1000000;
	grant.valid_until_us = INT64_C(1795223700) * 1000000;
	grant.ledger_number = 12;
	memset(grant.ledger_head, 0xab, sizeof(grant.ledger_head));
	sl_buf_init(&buf, SL_GRANT_BYTES_MAX);
	ck_assert(sl_grant_format(&buf, &grant) == SL_OK);
	assert_golden(&buf, "grant-v1.json");
	sl_grant_init(&again);
	ck_assert_msg(sl_grant_parse(&again, sl_buf_slice(&buf), &err) == SL_OK,
	    "%s", err.text);
	ck_assert_uint_eq(again.licence_version, 3);
	ck_assert_uint_eq(again.scope.window_until, 9);
	ck_assert_uint_eq(again.ledger_number, 12);
	ck_assert(again.scope.layers.all);
	ck_assert_str_eq(again.class_name, "partner");
	ck_assert_uint_eq(again.release_seq, 8);
	ck_assert(again.release_at_us == grant.release_at_us);
	sl_buf_reset(&buf);
	ck_assert(sl_grant_format(&buf, &again) == SL_OK);
	assert_golden(&buf, "grant-v1.json");
	sl_grant_clear(&grant);
	sl_grant_clear(&again);
	sl_buf_clear(&buf);
}
END_TEST

START_TEST(nothing_that_is_changed_goes_unseen)
{
	static const unsigned char swaps[] = {0, '"', ' ', '0', 'a', ',', '}'};
	struct sl_buf original;
	struct sl_buf buf;
	struct sl_buf again;

	sl_buf_init(&original, SL_GRANT_BYTES_MAX);
	sl_buf_init(&buf, SL_GRANT_BYTES_MAX);
	sl_buf_init(&again, SL_GRANT_BYTES_MAX);
	read_golden(&original, "grant-v1.json");
	read_golden(&buf, "grant-v1.json");
	for (size_t i = 0; i + 1 < buf.len; i++) {
		unsigned char kept = buf.data[i];

		for (size_t j = 0; j < sizeof(swaps); j++) {
			struct sl_grant grant;

			sl_grant_init(&grant);
			if (swaps[j] == kept)
				continue;
			buf.data[i] = swaps[j];
			sl_buf_reset(&again);
			if (sl_grant_parse(&grant, sl_buf_slice(&buf), NULL) ==
			    SL_OK) {
				ck_assert(
				    sl_grant_format(&again, &grant) == SL_OK);
				ck_assert_msg(
				    !sl_slice_is(sl_buf_slice(&original),
				        sl_buf_slice(&again)),
				    "byte %zu as %d is lost", i, swaps[j]);
			}
			sl_grant_clear(&grant);
		}
		buf.data[i] = kept;
	}
	sl_buf_clear(&original);
	sl_buf_clear(&buf);
	sl_buf_clear(&again);
}
END_TEST

TCase *
grant_cases(void)
{
	TCase *tc = tcase_create("grant");

	tcase_add_test(tc, a_grant_is_written_as_released_and_read_again);
	tcase_add_test(tc, nothing_that_is_changed_goes_unseen);
	return tc;
}

/* Statements that are accepted are written the same for ever; the check of one
 * is total, names a row that is there, and passes again after writing. */
#include "fuzz.h"
#include "sluice/catalog/statement.h"

#define TEXT_MAX (1024 * 1024)

static bool
has_row(const struct sl_statement *statement, uint64_t number)
{
	for (size_t i = 0; i < statement->row_count; i++) {
		if (statement->rows[i].number == number)
			return true;
	}
	return false;
}

static enum sl_status
check(const struct sl_statement *statement)
{
	struct sl_error err = {0};
	uint64_t row = 0;
	enum sl_status status = sl_statement_check(&row, statement, &err);

	FUZZ_ASSERT(status == SL_OK || err.text[0] != '\0');
	FUZZ_ASSERT(row == 0 || (status != SL_OK && has_row(statement, row)));
	return status;
}

static void
go_round(struct sl_statement *statement)
{
	struct sl_buf first;
	struct sl_buf second;
	enum sl_status status = check(statement);

	sl_buf_init(&first, TEXT_MAX);
	sl_buf_init(&second, TEXT_MAX);
	FUZZ_ASSERT(sl_statement_format(&first, statement) == SL_OK);
	FUZZ_ASSERT(
	    sl_statement_parse(statement, sl_buf_slice(&first), NULL) == SL_OK);
	FUZZ_ASSERT(check(statement) == status);
	FUZZ_ASSERT(sl_statement_format(&second, statement) == SL_OK);
	FUZZ_ASSERT(sl_slice_is(sl_buf_slice(&first), sl_buf_slice(&second)));
	sl_buf_clear(&first);
	sl_buf_clear(&second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_statement statement;

	if (size > TEXT_MAX / 16)
		return 0;
	sl_statement_init(&statement);
	if (sl_statement_parse(&statement, sl_slice_of(data, size), NULL) ==
	    SL_OK)
		go_round(&statement);
	sl_statement_clear(&statement);
	return 0;
}

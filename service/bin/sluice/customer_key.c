#include "customer_key.h"

#include <stdio.h>
#include <stdlib.h>

#include "credentials.h"

#define KEY_FILE "customer.key"

enum sl_status
customer_key_load(struct sl_sign_key **out, struct sl_error *err)
{
	char *path = credentials_path(KEY_FILE);
	enum sl_status status;

	*out = NULL;
	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = sl_sign_key_load(out, path, err);
	free(path);
	return status;
}

static enum sl_status
generate(struct sl_sign_key **out, struct sl_error *err)
{
	char *path = credentials_path(KEY_FILE);
	enum sl_status status;

	if (path == NULL)
		return sl_error_set(err, SL_ERR_NOMEM, "out of memory");
	status = credentials_make_folder(err);
	if (status == SL_OK) {
		status = sl_sign_key_generate(out);
		if (status != SL_OK)
			sl_error_set(err, status, "customer.key");
	}
	if (status == SL_OK)
		status = sl_sign_key_save(*out, path, err);
	if (status != SL_OK) {
		sl_sign_key_free(*out);
		*out = NULL;
	}
	free(path);
	return status;
}

enum sl_status
customer_key_make(struct sl_sign_key **out, bool *is_new, struct sl_error *err)
{
	enum sl_status status = customer_key_load(out, err);

	*is_new = false;
	if (status != SL_ERR_NOT_FOUND)
		return status;
	sl_error_clear(err);
	status = generate(out, err);
	/* Another sluice was faster. */
	if (status == SL_ERR_EXISTS)
		return customer_key_load(out, err);
	*is_new = status == SL_OK;
	return status;
}

#include "sluice/pack/tar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES   100
#define PREFIX_MAX_BYTES 155
#define OCTAL_11_MAX     077777777777u /* eleven octal digits */
#define SIZE_MAX_BYTES   (UINT64_C(1) << 60)

/* POSIX.1-2017, pax, "ustar Interchange Format". */
struct ustar {
	char name[NAME_MAX_BYTES];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link_name[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char device_major[8];
	char device_minor[8];
	char prefix[PREFIX_MAX_BYTES];
	char unused[12];
};

_Static_assert(
    sizeof(struct ustar) == SL_TAR_BLOCK_BYTES, "a header is one block");

/* `width` - 1 octal digits and a NUL. */
static void
put_octal(char *field, size_t width, uint64_t value)
{
	field[width - 1] = '\0';
	for (size_t i = width - 1; i > 0; i--) {
		field[i - 1] = (char)('0' + (value & 7));
		value >>= 3;
	}
}

/* The header without name and prefix. */
static void
fill_ustar(struct ustar *header, char type, uint64_t size, uint64_t mtime)
{
	memset(header, 0, sizeof(*header));
	put_octal(header->mode, sizeof(header->mode), 0644);
	put_octal(header->uid, sizeof(header->uid), 0);
	put_octal(header->gid, sizeof(header->gid), 0);
	put_octal(header->size, sizeof(header->size), size);
	put_octal(header->mtime, sizeof(header->mtime), mtime);
	header->type = type;
	memcpy(header->magic, "ustar", 6);
	memcpy(header->version, "00", 2);
	put_octal(header->device_major, sizeof(header->device_major), 0);
	put_octal(header->device_minor, sizeof(header->device_minor), 0);
}

/* The sum of all bytes with the field itself as spaces: six digits, NUL,
 * space. */
static void
seal(struct ustar *header)
{
	const unsigned char *bytes = (const unsigned char *)header;
	unsigned sum = 0;

	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	put_octal(header->checksum, 7, sum);
}

/* Put the path into name, or prefix and name split at the last slash that
 * makes both fit; false if neither works. */
static bool
put_path(struct ustar *header, struct sl_slice path)
{
	const char *text = (const char *)path.data;

	if (path.len <= NAME_MAX_BYTES) {
		memcpy(header->name, text, path.len);
		return true;
	}
	for (size_t at = path.len - 1; at > 0; at--) {
		size_t name_len = path.len - at - 1;

		if (text[at] != '/' || name_len == 0 || at > PREFIX_MAX_BYTES)
			continue;
		if (name_len > NAME_MAX_BYTES)
			return false;
		memcpy(header->prefix, text, at);
		memcpy(header->name, text + at + 1, name_len);
		return true;
	}
	return false;
}

/* "LENGTH key=value\n", where LENGTH counts itself. */
static size_t
put_record(char *out, const char *key, struct sl_slice value)
{
	size_t rest = strlen(key) + value.len + 3; /* space, '=', newline */
	size_t total = rest + 1;
	int head;

	while (total != rest + (size_t)snprintf(NULL, 0, "%zu", total))
		total++;
	head = snprintf(out, SL_TAR_BLOCK_BYTES, "%zu %s=", total, key);
	memcpy(out + head, value.data, value.len);
	out[total - 1] = '\n';
	return total;
}

/* Pax header and its records, two blocks. */
static void
put_pax(struct sl_tar_layout *out, struct sl_slice path, uint64_t size,
    uint64_t mtime)
{
	struct ustar header;
	char records[SL_TAR_BLOCK_BYTES] = {0};
	char number[24];
	size_t len = 0;

	if (path.len > 0)
		len += put_record(records, "path", path);
	if (size > OCTAL_11_MAX) {
		snprintf(
		    number, sizeof(number), "%llu", (unsigned long long)size);
		len += put_record(records + len, "size", sl_slice_text(number));
	}
	fill_ustar(&header, 'x', len, mtime);
	memcpy(header.name, "PaxHeader", 9);
	seal(&header);
	memcpy(out->header, &header, sizeof(header));
	memcpy(out->header + SL_TAR_BLOCK_BYTES, records, sizeof(records));
	out->header_len = 2 * sizeof(header);
}

enum sl_status
sl_tar_layout(struct sl_tar_layout *out, struct sl_slice path, uint64_t size,
    int64_t published_us)
{
	bool size_fits = size <= OCTAL_11_MAX;
	struct ustar header;
	uint64_t mtime;
	bool path_fits;

	if (path.len == 0 || path.len > SL_TAR_PATH_MAX ||
	    memchr(path.data, '\0', path.len) != NULL)
		return SL_ERR_INVALID;
	if (size > SIZE_MAX_BYTES || published_us < 0)
		return SL_ERR_LIMIT;
	mtime = (uint64_t)published_us / 1000000;
	if (mtime > OCTAL_11_MAX)
		return SL_ERR_LIMIT;

	memset(out, 0, sizeof(*out));
	fill_ustar(&header, '0', size_fits ? size : 0, mtime);
	path_fits = put_path(&header, path);
	if (!path_fits)
		memcpy(header.name, path.data, NAME_MAX_BYTES);
	if (!path_fits || !size_fits)
		put_pax(
		    out, path_fits ? sl_slice_of(NULL, 0) : path, size, mtime);
	seal(&header);
	memcpy(out->header + out->header_len, &header, sizeof(header));
	out->header_len += sizeof(header);
	out->padding_len = (size_t)(-size % SL_TAR_BLOCK_BYTES);
	out->total_bytes = out->header_len + size + out->padding_len;
	return SL_OK;
}

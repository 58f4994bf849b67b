#include "sluice/crypto/token.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sluice/base/file.h"
#include "sluice/crypto/random.h"

#include "key_file.h"

#define PREFIX_LEN      (sizeof(SL_TOKEN_PREFIX) - 1)
#define BODY_LEN        22
#define CHECK_LEN       6
#define BASE            62
#define RANDOM_BYTES    16
#define CRC32_REFLECTED 0xEDB88320u

_Static_assert(PREFIX_LEN + BODY_LEN + CHECK_LEN == SL_TOKEN_LEN,
    "the token's parts make its length");

static const char digits[BASE + 1] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

uint32_t
sl_crc32(struct sl_slice bytes)
{
	uint32_t crc = 0xFFFFFFFFu;

	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= bytes.data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (CRC32_REFLECTED & -(crc & 1));
	}
	return ~crc;
}

/* The big-endian number in `number` as `len` base62 digits, most significant
 * first; the number is used up.  16 bytes fit 22 digits, 4 bytes fit 6. */
static void
encode_base62(char *out, size_t len, unsigned char *number, size_t number_bytes)
{
	for (size_t at = len; at > 0; at--) {
		unsigned rest = 0;

		for (size_t i = 0; i < number_bytes; i++) {
			unsigned part = rest << 8 | number[i];

			number[i] = (unsigned char)(part / BASE);
			rest = part % BASE;
		}
		out[at - 1] = digits[rest];
	}
}

/* The checksum of prefix and body, CHECK_LEN digits. */
static void
write_check(char *out, struct sl_slice checked)
{
	uint32_t crc = sl_crc32(checked);
	unsigned char number[4] = {(unsigned char)(crc >> 24),
	    (unsigned char)(crc >> 16), (unsigned char)(crc >> 8),
	    (unsigned char)crc};

	encode_base62(out, CHECK_LEN, number, sizeof(number));
}

void
sl_token_make(char out[SL_TOKEN_LEN + 1])
{
	unsigned char number[RANDOM_BYTES];

	sl_random(number, sizeof(number));
	memcpy(out, SL_TOKEN_PREFIX, PREFIX_LEN);
	encode_base62(out + PREFIX_LEN, BODY_LEN, number, sizeof(number));
	write_check(out + PREFIX_LEN + BODY_LEN,
	    sl_slice_of(out, PREFIX_LEN + BODY_LEN));
	out[SL_TOKEN_LEN] = '\0';
	explicit_bzero(number, sizeof(number));
}

bool
sl_token_is_well_formed(struct sl_slice token)
{
	char check[CHECK_LEN];

	if (token.len != SL_TOKEN_LEN ||
	    memcmp(token.data, SL_TOKEN_PREFIX, PREFIX_LEN) != 0)
		return false;
	for (size_t i = PREFIX_LEN; i < SL_TOKEN_LEN; i++)
		if (memchr(digits, token.data[i], BASE) == NULL)
			return false;
	write_check(check, sl_slice_of(token.data, PREFIX_LEN + BODY_LEN));
	return memcmp(check, token.data + PREFIX_LEN + BODY_LEN, CHECK_LEN) ==
	    0;
}

void
sl_token_mac(unsigned char out[SL_HMAC_BYTES], const struct sl_secret *pepper,
    struct sl_slice token)
{
	sl_hmac_sha256(out, sl_secret_slice(pepper), token);
}

/* Not sl_secret_read_file: raw bytes may end in what looks like a newline. */
static enum sl_status
read_pepper(
    struct sl_secret *out, int fd, const char *path, struct sl_error *err)
{
	unsigned char bytes[SL_PEPPER_BYTES];
	struct stat info;
	enum sl_status status;

	if (fstat(fd, &info) != 0)
		return sl_error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode) || info.st_size != SL_PEPPER_BYTES)
		return sl_error_set(err, SL_ERR_INVALID,
		    "%s: not a file of %d bytes", path, SL_PEPPER_BYTES);
	if ((info.st_mode & 077) != 0)
		return sl_error_code(err, SL_ERR_AUTH, "secret_readable",
		    "%s: others can read this file; run chmod 600 on it", path);
	status = sl_file_read_at(fd, bytes, sizeof(bytes), 0, err);
	if (status == SL_OK)
		status = sl_secret_copy(out, sl_slice_of(bytes, sizeof(bytes)));
	explicit_bzero(bytes, sizeof(bytes));
	return status;
}

enum sl_status
sl_pepper_load(struct sl_secret *out, const char *path, struct sl_error *err)
{
	enum sl_status status;
	int fd;

	*out = (struct sl_secret){0};
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return sl_error_errno(err, "%s", path);
	status = read_pepper(out, fd, path, err);
	close(fd);
	return status;
}

enum sl_status
sl_pepper_create(const char *path, struct sl_error *err)
{
	unsigned char bytes[SL_PEPPER_BYTES];
	enum sl_status status;

	sl_random(bytes, sizeof(bytes));
	status =
	    sl_key_file_create(path, sl_slice_of(bytes, sizeof(bytes)), err);
	explicit_bzero(bytes, sizeof(bytes));
	return status;
}

#include "sluice/catalog/territory.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sluice/base/checked.h"
#include "sluice/catalog/json.h"

/* Of an IPv4 address within its mapped form. */
#define MAPPED_BITS 96

static const unsigned char mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* ISO 3166-1 alpha-2 as of 2025, and XK (user-assigned, Kosovo). */
static const char country_codes[] =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG "
    "BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI "
    "CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
    "ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ "
    "GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT "
    "JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
    "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU "
    "MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG "
    "PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK "
    "TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU "
    "WF WS XK YE YT ZA ZM ZW ";

void
sl_territory_set_all(struct sl_territory *territory)
{
	memset(territory, 0, sizeof(*territory));
	territory->all_networks = true;
	territory->all_countries = true;
}

static bool
parse_address(unsigned char out[16], bool *is_v4, const char *text)
{
	*is_v4 = inet_pton(AF_INET, text, out + sizeof(mapped)) == 1;
	if (*is_v4)
		memcpy(out, mapped, sizeof(mapped));
	return *is_v4 || inet_pton(AF_INET6, text, out) == 1;
}

/* Are the first `prefix` bits the same? */
static bool
shares_prefix(const unsigned char *a, const unsigned char *b, uint32_t prefix)
{
	unsigned rest = prefix % 8;
	unsigned mask = 0xff00U >> rest & 0xff;

	return memcmp(a, b, prefix / 8) == 0 &&
	    (rest == 0 || ((a[prefix / 8] ^ b[prefix / 8]) & mask) == 0);
}

static bool
is_clear_behind(const struct sl_network *network)
{
	for (uint32_t bit = network->prefix; bit < 128; bit++) {
		if ((network->address[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return false;
	}
	return true;
}

static enum sl_status
parse_network(
    struct sl_network *out, struct sl_slice text, struct sl_error *err)
{
	char address[INET6_ADDRSTRLEN + 8] = "";
	char *slash;
	uint64_t prefix = 0;
	bool is_v4 = false;

	if (text.len >= sizeof(address) || text.len == 0 ||
	    memchr(text.data, '\0', text.len) != NULL)
		return sl_error_set(
		    err, SL_ERR_INVALID, "a network is not as 10.0.0.0/8");
	memcpy(address, text.data, text.len);
	slash = strchr(address, '/');
	if (slash == NULL)
		return sl_error_set(err, SL_ERR_INVALID,
		    "network '%s' has no prefix such as /32", address);
	*slash = '\0';
	if (!parse_address(out->address, &is_v4, address) ||
	    !sl_parse_u64(slash + 1, is_v4 ? 32 : 128, &prefix))
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%.*s' is no network of IPv4 or IPv6", (int)text.len,
		    (const char *)text.data);
	out->prefix = (uint32_t)prefix + (is_v4 ? MAPPED_BITS : 0);
	if (!is_clear_behind(out))
		return sl_error_set(err, SL_ERR_INVALID,
		    "network '%s' has bits set behind its prefix /%u", address,
		    (unsigned)prefix);
	return SL_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct sl_network *left = a;
	const struct sl_network *right = b;
	int order = memcmp(left->address, right->address, 16);

	if (order == 0)
		order = (left->prefix > right->prefix) -
		    (left->prefix < right->prefix);
	return order;
}

enum sl_status
sl_territory_add_network(
    struct sl_territory *territory, struct sl_slice text, struct sl_error *err)
{
	struct sl_network network = {0};
	enum sl_status status;

	if (sl_slice_is_text(text, "*")) {
		territory->all_networks = true;
		return SL_OK;
	}
	status = parse_network(&network, text, err);
	if (status != SL_OK)
		return status;
	for (uint32_t i = 0; i < territory->network_count; i++) {
		if (compare(&territory->network[i], &network) == 0)
			return SL_OK;
	}
	if (territory->network_count == SL_NETWORKS_MAX)
		return sl_error_set(err, SL_ERR_INVALID,
		    "more than %d networks", SL_NETWORKS_MAX);
	territory->network[territory->network_count++] = network;
	qsort(territory->network, territory->network_count,
	    sizeof(territory->network[0]), compare);
	return SL_OK;
}

static unsigned
country_bit(const char *country)
{
	return (unsigned)(country[0] - 'A') * 26 + (unsigned)(country[1] - 'A');
}

bool
sl_country_is_valid(struct sl_slice country)
{
	for (const char *at = country_codes; *at != '\0' && country.len == 2;
	     at += 3) {
		if (memcmp(at, country.data, 2) == 0)
			return true;
	}
	return false;
}

enum sl_status
sl_territory_add_country(
    struct sl_territory *territory, struct sl_slice text, struct sl_error *err)
{
	unsigned bit;

	if (sl_slice_is_text(text, "*")) {
		territory->all_countries = true;
		return SL_OK;
	}
	if (!sl_country_is_valid(text))
		return sl_error_set(err, SL_ERR_INVALID,
		    "'%.*s' is no country's code of ISO 3166-1, such as DE",
		    (int)(text.len > 40 ? 40 : text.len),
		    text.len == 0 ? "" : (const char *)text.data);
	bit = country_bit((const char *)text.data);
	territory->countries[bit / 8] |= (unsigned char)(1U << bit % 8);
	return SL_OK;
}

typedef enum sl_status add_fn(
    struct sl_territory *territory, struct sl_slice text, struct sl_error *err);

/* "*" stands alone. */
static enum sl_status
read_list(struct sl_territory *territory, const json_t *object, const char *key,
    add_fn *add, struct sl_error *err)
{
	json_t *array;
	json_t *value;
	size_t i;
	enum sl_status status = sl_json_need_array(&array, object, key, err);

	if (status == SL_OK && json_array_size(array) == 0)
		status =
		    sl_error_set(err, SL_ERR_INVALID, "\"%s\" is empty", key);
	if (status != SL_OK)
		return status;
	json_array_foreach (array, i, value) {
		const char *text = json_string_value(value);

		if (text == NULL)
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"%s\" has something that is not text", key);
		if (strcmp(text, "*") == 0 && json_array_size(array) > 1)
			return sl_error_set(err, SL_ERR_INVALID,
			    "\"%s\" has \"*\" beside others", key);
		status = add(territory, sl_slice_text(text), err);
		if (status != SL_OK)
			return status;
	}
	return SL_OK;
}

enum sl_status
sl_territory_from_json(
    struct sl_territory *out, const json_t *object, struct sl_error *err)
{
	static const char *const keys[] = {"networks", "countries", NULL};
	struct sl_territory territory = {0};
	enum sl_status status = sl_json_only_keys(object, keys, err);

	if (status == SL_OK)
		status = read_list(&territory, object, "networks",
		    sl_territory_add_network, err);
	if (status == SL_OK)
		status = read_list(&territory, object, "countries",
		    sl_territory_add_country, err);
	if (status == SL_OK)
		*out = territory;
	return status;
}

static json_t *
network_to_json(const struct sl_network *network)
{
	char address[INET6_ADDRSTRLEN] = "";
	bool is_v4 = network->prefix >= MAPPED_BITS &&
	    memcmp(network->address, mapped, sizeof(mapped)) == 0;

	if (is_v4)
		(void)inet_ntop(AF_INET, network->address + sizeof(mapped),
		    address, sizeof(address));
	else
		(void)inet_ntop(
		    AF_INET6, network->address, address, sizeof(address));
	return json_sprintf("%s/%u", address,
	    (unsigned)(network->prefix - (is_v4 ? MAPPED_BITS : 0)));
}

static json_t *
networks_to_json(const struct sl_territory *territory)
{
	json_t *array = json_array();
	int failed = 0;

	if (territory->all_networks)
		failed = json_array_append_new(array, json_string("*"));
	for (uint32_t i = 0; failed == 0 && !territory->all_networks &&
	     i < territory->network_count;
	     i++)
		failed = json_array_append_new(
		    array, network_to_json(&territory->network[i]));
	if (failed == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
countries_to_json(const struct sl_territory *territory)
{
	json_t *array = json_array();
	int failed = 0;

	if (territory->all_countries)
		failed = json_array_append_new(array, json_string("*"));
	for (const char *at = country_codes;
	     failed == 0 && *at != '\0' && !territory->all_countries; at += 3) {
		char country[3] = {at[0], at[1], '\0'};

		if (sl_territory_has_country(territory, country))
			failed =
			    json_array_append_new(array, json_string(country));
	}
	if (failed == 0)
		return array;
	json_decref(array);
	return NULL;
}

json_t *
sl_territory_to_json(const struct sl_territory *territory)
{
	return json_pack("{s:o,s:o}", "networks", networks_to_json(territory),
	    "countries", countries_to_json(territory));
}

bool
sl_territory_has_address(
    const struct sl_territory *territory, const char *address)
{
	unsigned char bytes[16];
	bool is_v4;

	if (territory->all_networks)
		return true;
	if (address == NULL || !parse_address(bytes, &is_v4, address))
		return false;
	for (uint32_t i = 0; i < territory->network_count; i++) {
		const struct sl_network *network = &territory->network[i];

		if (shares_prefix(bytes, network->address, network->prefix))
			return true;
	}
	return false;
}

bool
sl_territory_has_country(
    const struct sl_territory *territory, const char *country)
{
	unsigned bit;

	if (territory->all_countries)
		return true;
	if (!sl_country_is_valid(sl_slice_text(country)))
		return false;
	bit = country_bit(country);
	return (territory->countries[bit / 8] >> bit % 8 & 1) != 0;
}

/* Where a licence may be used: networks of the client's address, and the
 * country that the client declares. */
#ifndef SLUICE_CATALOG_TERRITORY_H
#define SLUICE_CATALOG_TERRITORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "sluice/base/error.h"
#include "sluice/base/slice.h"

#define SL_NETWORKS_MAX 64
/* One bit for each pair of letters. */
#define SL_COUNTRY_BYTES ((26 * 26 + 7) / 8)

/* An address with a prefix; IPv4 is kept as IPv4-mapped IPv6 (RFC 4291,
 * section 2.5.5.2), so 10.0.0.0/8 and ::ffff:10.0.0.0/104 are the same. */
struct sl_network {
	unsigned char address[16];
	uint32_t prefix; /* 0 … 128 */
};

/* A value type; all zero bytes allow nothing. */
struct sl_territory {
	bool all_networks;
	bool all_countries;
	uint32_t network_count;
	struct sl_network network[SL_NETWORKS_MAX]; /* sorted */
	unsigned char countries[SL_COUNTRY_BYTES];
};

/* Every network and every country. */
void sl_territory_set_all(struct sl_territory *territory);

/* Add "10.0.0.0/8", "2001:db8::/32" or "*": SL_ERR_INVALID without a prefix
 * and with bits set behind it. */
SL_MUST_CHECK enum sl_status sl_territory_add_network(
    struct sl_territory *territory, struct sl_slice text, struct sl_error *err);
/* Add "DE" or "*": SL_ERR_INVALID for what ISO 3166-1 does not have. */
SL_MUST_CHECK enum sl_status sl_territory_add_country(
    struct sl_territory *territory, struct sl_slice text, struct sl_error *err);

/* Two capital letters that ISO 3166-1 assigns (and XK). */
bool sl_country_is_valid(struct sl_slice country);

/* {"networks":["*"],"countries":["DE","FR"]}; neither may be empty. */
SL_MUST_CHECK enum sl_status sl_territory_from_json(
    struct sl_territory *out, const json_t *object, struct sl_error *err);
/* NULL when out of memory. */
json_t *sl_territory_to_json(const struct sl_territory *territory);

/* `address` is the text of an IPv4 or IPv6 address without port; NULL or
 * anything else is in no network but "*". */
bool sl_territory_has_address(
    const struct sl_territory *territory, const char *address);
/* "" is in no list but "*". */
bool sl_territory_has_country(
    const struct sl_territory *territory, const char *country);

#endif /* SLUICE_CATALOG_TERRITORY_H */

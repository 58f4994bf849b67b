/* Digits behind the point of currencies: ISO 4217, list one, without funds,
 * metals and test codes that no invoice is in. */
#include <string.h>

#include "sluice/catalog/price.h"

static const char *const codes_by_digits[] = {
    [0] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF "
          "XPF ",
    [2] = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV "
          "BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP "
          "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
          "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
          "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
          "MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
          "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
          "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU "
          "UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ",
    [3] = "BHD IQD JOD KWD LYD OMR TND ",
    [4] = "CLF UYW ",
};

static bool
has_code(const char *codes, struct sl_slice currency)
{
	for (; codes != NULL && *codes != '\0'; codes += 4) {
		if (memcmp(codes, currency.data, 3) == 0)
			return true;
	}
	return false;
}

enum sl_status
sl_currency_digits(uint32_t *out, struct sl_slice currency)
{
	size_t count = sizeof(codes_by_digits) / sizeof(codes_by_digits[0]);

	for (uint32_t digits = 0; currency.len == 3 && digits < count;
	     digits++) {
		if (has_code(codes_by_digits[digits], currency)) {
			*out = digits;
			return SL_OK;
		}
	}
	return SL_ERR_NOT_FOUND;
}

#include "letter.h"

struct span {
	uint32_t first;
	uint32_t last;
};

/* Checked against the Unicode Character Database: general category not C, Z
 * or M, combining class 0, NFC_Quick_Check=Yes.  Scripts that need combining
 * marks (Devanagari, Thai …) are left out whole. */
static const struct span plain[] = {
    {0x00a1, 0x00ac}, /* Latin-1 */
    {0x00ae, 0x017f}, /* Latin-1, Latin Extended-A */
    {0x0386, 0x0386}, /* Greek */
    {0x0388, 0x038a}, {0x038c, 0x038c}, {0x038e, 0x03a1}, {0x03a3, 0x03ce},
    {0x0400, 0x045f},                                     /* Cyrillic */
    {0x0490, 0x0491}, {0x0531, 0x0556},                   /* Armenian */
    {0x0559, 0x058a}, {0x05d0, 0x05ea},                   /* Hebrew */
    {0x0620, 0x064a},                                     /* Arabic */
    {0x0660, 0x0669}, {0x0671, 0x06d3}, {0x10d0, 0x10f0}, /* Georgian */
    {0x1e00, 0x1eff}, /* Latin Extended Additional: Vietnamese */
    {0x2010, 0x2027}, /* punctuation without bidi controls */
    {0x2030, 0x205e}, {0x20a0, 0x20bf},     /* currency */
    {0x2190, 0x21ff},                       /* arrows */
    {0x2500, 0x27bf},                       /* boxes, symbols */
    {0x3001, 0x3029},                       /* CJK punctuation */
    {0x3041, 0x3096},                       /* Hiragana */
    {0x309b, 0x30ff},                       /* Katakana */
    {0x3105, 0x312f},                       /* Bopomofo */
    {0x3400, 0x9fff},                       /* Han */
    {0xac00, 0xd7a3},                       /* Hangul syllables */
    {0xff01, 0xff9d},                       /* full and half width */
    {0x1f300, 0x1f6d7},                     /* pictures */
    {0x1f900, 0x1fa53}, {0x20000, 0x2a6df}, /* Han, extension B */
};

/* Beyond ASCII: every `step`th of first … last folds by adding `delta`. */
struct fold {
	uint32_t first;
	uint32_t last;
	int32_t delta;
	uint32_t step;
};

static const struct fold folds[] = {
    {0x00b5, 0x00b5, 775, 1},
    {0x00c0, 0x00d6, 32, 1},
    {0x00d8, 0x00de, 32, 1},
    {0x0100, 0x012e, 1, 2},
    {0x0132, 0x0136, 1, 2},
    {0x0139, 0x0147, 1, 2},
    {0x014a, 0x0176, 1, 2},
    {0x0178, 0x0178, -121, 1},
    {0x0179, 0x017d, 1, 2},
    {0x017f, 0x017f, -268, 1},
    {0x0386, 0x0386, 38, 1},
    {0x0388, 0x038a, 37, 1},
    {0x038c, 0x038c, 64, 1},
    {0x038e, 0x038f, 63, 1},
    {0x0391, 0x03a1, 32, 1},
    {0x03a3, 0x03ab, 32, 1},
    {0x03c2, 0x03c2, 1, 1},
    {0x0400, 0x040f, 80, 1},
    {0x0410, 0x042f, 32, 1},
    {0x0490, 0x0490, 1, 1},
    {0x0531, 0x0556, 48, 1},
    {0x1e00, 0x1e94, 1, 2},
    {0x1e9b, 0x1e9b, -58, 1},
    {0x1e9e, 0x1e9e, -7615, 1},
    {0x1ea0, 0x1efe, 1, 2},
    {0xff21, 0xff3a, 32, 1},
};

size_t
sl_letter_decode(uint32_t *out, const unsigned char *text, size_t len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t letter;
	size_t need;

	if (len == 0)
		return 0;
	if (text[0] < 0x80) {
		*out = text[0];
		return 1;
	}
	if (text[0] >= 0xc2 && text[0] <= 0xdf)
		need = 2;
	else if (text[0] >= 0xe0 && text[0] <= 0xef)
		need = 3;
	else if (text[0] >= 0xf0 && text[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (len < need)
		return 0;
	letter = text[0] & (0x7fU >> need);
	for (size_t i = 1; i < need; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		letter = letter << 6 | (text[i] & 0x3fU);
	}
	if (letter < least[need] || letter > 0x10ffff ||
	    (letter >= 0xd800 && letter <= 0xdfff))
		return 0;
	*out = letter;
	return need;
}

bool
sl_letter_is_plain(uint32_t letter)
{
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (letter >= plain[i].first && letter <= plain[i].last)
			return true;
	return false;
}

uint32_t
sl_letter_fold(uint32_t letter)
{
	/* Nearly every letter of nearly every path. */
	if (letter < 0x80)
		return letter >= 'A' && letter <= 'Z' ? letter + 32 : letter;
	for (size_t i = 0; i < sizeof(folds) / sizeof(folds[0]); i++) {
		const struct fold *fold = &folds[i];

		if (letter >= fold->first && letter <= fold->last &&
		    (letter - fold->first) % fold->step == 0)
			return (uint32_t)((int32_t)letter + fold->delta);
	}
	return letter;
}

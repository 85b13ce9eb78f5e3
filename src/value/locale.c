/* Locales of CLDR: the marks of their numbers and the names of their months. */
#include "value/locale_internal.h"

const char locale_names_hint[] =
    "A locale is one of the languages en, es, pt, fr, de, it, with or without a country: es, es_CO, pt_BR, de_CH.";

static const char *const english_short[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const english_full[] = { "January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December" };

/* Of each month the abbreviations, apart by blanks: those within a date and those that stand alone. */
static const char *const short_en[] = { "jan", "feb", "mar",      "apr", "may", "jun",
                                        "jul", "aug", "sep sept", "oct", "nov", "dec" };
static const char *const short_es[] = { "ene", "feb", "mar",      "abr", "may", "jun",
                                        "jul", "ago", "sept sep", "oct", "nov", "dic" };
static const char *const short_pt[] = { "jan", "fev", "mar", "abr", "mai", "jun",
                                        "jul", "ago", "set", "out", "nov", "dez" };
static const char *const short_fr[] = { "janv", "févr", "mars", "avr", "mai", "juin",
                                        "juil", "août", "sept", "oct", "nov", "déc" };
static const char *const short_de[] = { "jan",      "feb", "märz mär", "apr", "mai", "juni jun",
                                        "juli jul", "aug", "sept sep", "okt", "nov", "dez" };
static const char *const short_it[] = { "gen", "feb", "mar", "apr", "mag", "giu",
                                        "lug", "ago", "set", "ott", "nov", "dic" };
static const char *const full_en[] = { "january", "february", "march",     "april",   "may",      "june",
                                       "july",    "august",   "september", "october", "november", "december" };
static const char *const full_es[] = { "enero",   "febrero",   "marzo",
                                       "abril",   "mayo",      "junio",
                                       "julio",   "agosto",    "septiembre setiembre",
                                       "octubre", "noviembre", "diciembre" };
static const char *const full_pt[] = { "janeiro", "fevereiro", "março",    "abril",   "maio",     "junho",
                                       "julho",   "agosto",    "setembro", "outubro", "novembro", "dezembro" };
static const char *const full_fr[] = { "janvier", "février", "mars",      "avril",   "mai",      "juin",
                                       "juillet", "août",    "septembre", "octobre", "novembre", "décembre" };
static const char *const full_de[] = {
  "januar jänner", "februar feber", "märz",      "april",   "mai",      "juni",
  "juli",          "august",        "september", "oktober", "november", "dezember"
};
static const char *const full_it[] = { "gennaio", "febbraio", "marzo",     "aprile",  "maggio",   "giugno",
                                       "luglio",  "agosto",   "settembre", "ottobre", "novembre", "dicembre" };

/* The first row of a language is the one of its countries that no later row names; `countries` NULL: it alone. English
 * is written nearly everywhere: any country. */
static const struct locale locales[] = {
  { "en", NULL, '.', GROUP_COMMA, short_en, full_en },
  { "en", "BE DE DK ID NL SI", ',', GROUP_POINT, short_en, full_en },
  { "en", "AT FI SE ZA", ',', GROUP_SPACE, short_en, full_en },
  { "en", "CH LI", '.', GROUP_APOSTROPHE, short_en, full_en },
  { "es", "AR BO CL CO EA EC ES GQ IC PH PY UY VE", ',', GROUP_POINT, short_es, full_es },
  { "es", "419 BR BZ CU DO GT HN MX NI PA PE PR SV US", '.', GROUP_COMMA, short_es, full_es },
  { "es", "CR", ',', GROUP_SPACE, short_es, full_es },
  { "pt", "BR", ',', GROUP_POINT, short_pt, full_pt },
  { "pt", "AO CH CV GQ GW LU MO MZ PT ST TL", ',', GROUP_SPACE, short_pt, full_pt },
  { "fr",
    "BE BF BI BJ BL CA CD CF CG CH CI CM DJ DZ FR GA GF GN GP GQ HT KM MC MF MG ML MQ MR MU NC NE PF PM RE RW SC SN SY "
    "TD TG TN VU WF YT",
    ',', GROUP_SPACE, short_fr, full_fr },
  { "fr", "LU MA", ',', GROUP_POINT, short_fr, full_fr },
  { "de", "BE DE IT LU", ',', GROUP_POINT, short_de, full_de },
  { "de", "AT", ',', GROUP_SPACE, short_de, full_de },
  { "de", "CH LI", '.', GROUP_APOSTROPHE, short_de, full_de },
  { "it", "IT SM VA", ',', GROUP_POINT, short_it, full_it },
  { "it", "CH", '.', GROUP_APOSTROPHE, short_it, full_it },
};

/* words */

/* Without case: in UTF-8, of "Ç" and "ç" only the second byte differs, by 0x20. */
static char fold(char c, char before)
{
  bool is_capital = (unsigned char)before == 0xC3 && (unsigned char)c >= 0x80 && (unsigned char)c <= 0x9E;
  if (is_capital || (c >= 'A' && c <= 'Z'))
    return (char)(c + 0x20);
  return c;
}

static bool is_same_word(struct text a, struct text b)
{
  if (a.length != b.length)
    return false;
  for (size_t i = 0; i < a.length; i++)
    if (fold(a.data[i], i == 0 ? '\0' : a.data[i - 1]) != fold(b.data[i], i == 0 ? '\0' : b.data[i - 1]))
      return false;
  return true;
}

/* Whether a word is in a list of words apart by blanks; in any case. */
static bool is_among(const char *words, struct text word)
{
  for (const char *at = words; *at != '\0';) {
    size_t length = strcspn(at, " ");
    if (is_same_word((struct text){ at, length }, word))
      return true;
    at += length + (at[length] == ' ');
  }
  return false;
}

static bool is_letters(struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    if (!char_is_letter(text.data[i]))
      return false;
  return true;
}

const struct locale *locale_find(struct text name)
{
  struct text language = { name.data, name.length < 2 ? name.length : 2 };
  bool has_country = name.length > 3 && (name.data[2] == '_' || name.data[2] == '-');
  struct text country = { name.data + 3, has_country ? name.length - 3 : 0 };
  if (name.length != 2 && !has_country)
    return NULL;
  const struct locale *first = NULL;
  for (size_t i = 0; i < ARRAY_LENGTH(locales); i++) {
    if (!text_equal_nocase(text_from(locales[i].language), language))
      continue;
    first = first == NULL ? &locales[i] : first;
    if (has_country && locales[i].countries != NULL && is_among(locales[i].countries, country))
      return &locales[i];
  }
  bool is_any = first != NULL && first->countries == NULL && country.length == 2 && is_letters(country);
  return !has_country || is_any ? first : NULL;
}

const char *locale_name(struct arena *arena, const struct locale *locale)
{
  if (locale->countries == NULL)
    return locale->language;
  return arena_printf(arena, "%s_%.*s", locale->language, (int)strcspn(locale->countries, " "), locale->countries);
}

/* names of months */

/* Letters of ASCII and of Latin-1's second half, which are those of these languages' months. */
static bool is_word_byte(char c)
{
  return char_is_letter(c) || (c & 0x80) != 0;
}

static const char *find_month(const char *const *names, const char *const *english, struct text word)
{
  for (size_t month = 0; month < 12; month++)
    if (is_among(names[month], word))
      return english[month];
  return NULL;
}

/* Whether the pattern has the letters, outside of quotes, and a dot right behind them. */
static bool has_letters(struct text pattern, size_t count, bool *ret_has_dot)
{
  bool is_quoted = false;
  for (size_t i = 0; i < pattern.length; i++) {
    is_quoted = is_quoted != (pattern.data[i] == '\'');
    if (is_quoted || (pattern.data[i] != 'M' && pattern.data[i] != 'L'))
      continue;
    size_t length = 1;
    while (i + length < pattern.length && pattern.data[i + length] == pattern.data[i])
      length++;
    size_t end = i + length;
    *ret_has_dot = (end < pattern.length && pattern.data[end] == '.') ||
                   (end + 1 < pattern.length && pattern.data[end] == '\'' && pattern.data[end + 1] == '.');
    if (length == count)
      return true;
    i = end - 1;
  }
  return false;
}

bool locale_read_months(const struct locale *locale, struct text pattern, struct text text, char *out, size_t most,
                        size_t *ret_length)
{
  bool has_dot = false;
  bool is_full = has_letters(pattern, 4, &has_dot);
  bool has_names = is_full || has_letters(pattern, 3, &has_dot);
  const char *const *names = is_full ? locale->full_months : locale->short_months;
  const char *const *english_names = is_full ? english_full : english_short;
  size_t length = 0;
  for (size_t i = 0; i < text.length;) {
    size_t end = i;
    while (end < text.length && is_word_byte(text.data[end]))
      end++;
    bool is_name = has_names && end > i;
    end += end == i;
    struct text part = { text.data + i, end - i };
    const char *english = is_name ? find_month(names, english_names, part) : NULL;
    if (english != NULL) {
      part = text_from(english);
      if (!has_dot && end < text.length && text.data[end] == '.')
        end++;
    } else if (is_name && find_month(english_names, english_names, part) != NULL) {
      return false; /* of another language */
    }
    if (part.length > most - length)
      return false;
    memcpy(out + length, part.data, part.length);
    length += part.length;
    i = end;
  }
  *ret_length = length;
  return true;
}

/* languages by names of months */

static const struct {
  const char *language;
  const char *const *short_months, *const *full_months;
} month_languages[] = {
  { "en", short_en, full_en }, { "es", short_es, full_es }, { "pt", short_pt, full_pt },
  { "fr", short_fr, full_fr }, { "de", short_de, full_de }, { "it", short_it, full_it },
};

unsigned locale_find_month(struct text word, int *ret_month)
{
  unsigned bits = 0;
  for (size_t i = 0; i < ARRAY_LENGTH(month_languages); i++)
    for (int month = 0; month < 12; month++) {
      unsigned found = (is_among(month_languages[i].short_months[month], word) ? 1U : 0U) |
                       (is_among(month_languages[i].full_months[month], word) ? 2U : 0U);
      if (found == 0)
        continue;
      bits |= found << (2 * i);
      *ret_month = month + 1;
    }
  return bits;
}

const char *locale_of_months(unsigned bits, bool *ret_is_short)
{
  for (size_t i = 0; i < ARRAY_LENGTH(month_languages); i++)
    if ((bits >> (2 * i) & 3U) != 0) {
      *ret_is_short = (bits >> (2 * i) & 1U) != 0;
      return month_languages[i].language;
    }
  return NULL;
}

bool localized_read(const struct localized *localized, struct text text, char out[NUMBER_TEXT_MOST], size_t *ret_length)
{
  if (localized->number != NULL)
    return number_format_read(localized->number, text, out, ret_length);
  return locale_read_months(localized->locale, localized->pattern, text, out, NUMBER_TEXT_MOST, ret_length);
}

/* Payments: the distributions, errors and layout of the seed's generate_high_volume_payments. */
#include "generate/generate_internal.h"

enum payment_error {
  INVALID_PAYMENT_ID,
  INVALID_CUSTOMER_ID,
  NEGATIVE_AMOUNT,
  INVALID_CURRENCY,
  FUTURE_DATE,
  INVALID_MERCHANT_ID,
};

static const char *const error_names[] = {
  [INVALID_PAYMENT_ID] = "invalid_payment_id",
  [INVALID_CUSTOMER_ID] = "invalid_customer_id",
  [NEGATIVE_AMOUNT] = "negative_amount",
  [INVALID_CURRENCY] = "invalid_currency",
  [FUTURE_DATE] = "future_date",
  [INVALID_MERCHANT_ID] = "invalid_merchant_id",
};

enum { ID_SIZE = 32, DAY = 86400, HOUR = 3600, TWO_YEARS = 63113472 /* s: 730.48 days, as the seed's "-2y" is */ };

struct payment {
  char id[ID_SIZE], customer[ID_SIZE], reference[ID_SIZE];
  int64_t cents;
  const char *currency, *method, *status;
  int64_t date, updated; /* seconds since 1970 */
  int64_t merchant;
};

static const char *choose(struct random *random, const char *const *words, size_t count)
{
  return words[random_between(random, 0, (int64_t)count - 1)];
}

#define CHOOSE(random, words) choose(random, words, ARRAY_LENGTH(words))

static void end_string(struct output *output)
{
  put_char(output, '\0');
}

static int64_t choose_cents(struct random *random)
{
  if (random_real(random) < 0.7)
    return random_between(random, 100, 50000);
  if (random_real(random) < 0.9)
    return random_between(random, 50000, 500000);
  return random_between(random, 500000, 10000000);
}

static void fill_ids(struct payment *payment, struct random *random)
{
  struct output output = { payment->id };
  put_literal(&output, "PAY-");
  put_code(&output, random, 8);
  put_char(&output, '-');
  put_code(&output, random, 4);
  end_string(&output);
  output.at = payment->customer;
  put_literal(&output, "CUST-");
  put_integer(&output, random_between(random, 100000, 999999));
  end_string(&output);
  output.at = payment->reference;
  if (random_real(random) > 0.3) {
    put_literal(&output, "REF-");
    put_code(&output, random, 12);
  }
  end_string(&output);
}

static void fill(struct payment *payment, struct random *random, int64_t now)
{
  static const char *const currencies[] = { "USD", "EUR", "COP", "CLP", "MXN" };
  static const char *const methods[] = { "CREDIT_CARD", "DEBIT_CARD", "BANK_TRANSFER", "DIGITAL_WALLET", "CASH" };
  static const char *const statuses[] = { "PENDING", "COMPLETED", "FAILED", "CANCELLED", "REFUNDED" };
  payment->date = random_between(random, now - TWO_YEARS, now - 1);
  payment->updated = payment->date + random_between(random, 0, DAY);
  payment->updated = payment->updated > now ? now : payment->updated;
  payment->cents = choose_cents(random);
  payment->currency = CHOOSE(random, currencies);
  payment->method = CHOOSE(random, methods);
  payment->status = CHOOSE(random, statuses);
  payment->merchant = random_between(random, 1, 999999);
  fill_ids(payment, random);
}

/* The number of the row makes the key, one to one, so that no two rows with such an id are duplicates by chance: there
 * are 9000 ids and 900000 customers, and the factor shares no divisor with their product. */
static void fill_invalid_id(struct payment *payment, uint64_t row)
{
  const uint64_t n_customers = 900000, n_keys = 9000 * n_customers, factor = 1500450271;
  uint64_t key = row % n_keys * factor % n_keys;
  struct output output = { payment->id };
  put_literal(&output, "INVALID-");
  put_padded(&output, 1000 + key / n_customers, 4);
  end_string(&output);
  output.at = payment->customer;
  put_literal(&output, "CUST-");
  put_padded(&output, 100000 + key % n_customers, 6);
  end_string(&output);
}

static void plant(struct payment *payment, enum payment_error error, struct batch *batch, int64_t now)
{
  struct random *random = &batch->random;
  struct output output = { payment->customer };
  switch (error) {
  case INVALID_PAYMENT_ID:
    fill_invalid_id(payment, batch->row);
    break;
  case INVALID_CUSTOMER_ID:
    put_literal(&output, "INVALID-");
    put_integer(&output, random_between(random, 100, 999));
    end_string(&output);
    break;
  case NEGATIVE_AMOUNT:
    payment->cents = -payment->cents;
    break;
  case INVALID_CURRENCY:
    payment->currency = "INVALID";
    break;
  case FUTURE_DATE:
    payment->date = now + DAY * random_between(random, 1, 365);
    break;
  case INVALID_MERCHANT_ID:
    payment->merchant = random_between(random, 1000000, 9999999);
    break;
  }
}

static void put_payment(struct output *output, const struct payment *payment)
{
  put_string(output, payment->id);
  put_char(output, ',');
  put_string(output, payment->customer);
  put_char(output, ',');
  put_float(output, payment->cents, 2);
  put_char(output, ',');
  put_string(output, payment->currency);
  put_char(output, ',');
  put_seconds(output, payment->date, ' ');
  put_char(output, ',');
  put_seconds(output, payment->updated, ' ');
  put_char(output, ',');
  put_string(output, payment->method);
  put_char(output, ',');
  put_string(output, payment->status);
  put_char(output, ',');
  put_integer(output, payment->merchant);
  put_char(output, ',');
  put_string(output, payment->reference);
  put_literal(output, "\r\n");
}

static void write_payment(struct batch *batch, struct output *output)
{
  int64_t now = batch->options->now_us / 1000000;
  struct payment *recent = batch->recent;
  size_t index;
  if (batch_choose_repeated(batch, &index)) {
    struct payment repeated = recent[index];
    repeated.updated += random_between(&batch->random, 1, HOUR);
    repeated.updated = repeated.updated > now ? now : repeated.updated;
    put_payment(output, &repeated);
    return;
  }
  struct payment payment;
  fill(&payment, &batch->random, now);
  int error = batch_choose_error(batch, ARRAY_LENGTH(error_names));
  if (error != NO_ERROR)
    plant(&payment, (enum payment_error)error, batch, now);
  else
    recent[batch_add_recent(batch)] = payment;
  put_payment(output, &payment);
}

const struct generate_kind generate_payments = {
  .name = "payments",
  .file_prefix = "payments_batch_",
  .file_suffix = ".csv",
  .header = "Payment ID,Customer ID,Payment Amount,Payment Currency,Payment Date,Last Updated,Payment Method,"
            "Transaction Status,Merchant ID,Reference Number\r\n",
  .errors = error_names,
  .n_errors = ARRAY_LENGTH(error_names),
  .rows = 1000000,
  .rows_per_file = 50000,
  .error_rate = 0.05,
  .recent_size = sizeof(struct payment),
  .write_row = write_payment,
};

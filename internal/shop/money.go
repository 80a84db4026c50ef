package shop

import (
	"fmt"
	"math/big"
	"strings"
)

// Money is an exact amount in the currency's minor unit (cents for EUR, whole yen for JPY).
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // ISO 4217, upper case
}

// exponents of currencies that do not have two decimals. Source: ISO 4217 list one (2024). IRR has two in the
// standard; Iranian shops quote whole tomans or rials, which the reply's formatting takes care of.
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// Exponent gives the number of decimals of a currency.
func Exponent(currency string) int {
	if e, ok := exponents[strings.ToUpper(currency)]; ok {
		return e
	}
	return 2
}

// ParseMoney reads a decimal amount as Shopify writes it ("1234.5", "EUR"). More decimals than the currency
// has are an error unless they are zeros.
func ParseMoney(amount, currency string) (Money, error) {
	r, ok := new(big.Rat).SetString(strings.TrimSpace(amount))
	if !ok || strings.ContainsAny(amount, "/eE") || len(amount) > 32 {
		return Money{}, fmt.Errorf("shop: %q is not an amount", amount)
	}
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(Exponent(currency))), nil)
	r.Mul(r, new(big.Rat).SetInt(scale))
	if !r.IsInt() || !r.Num().IsInt64() {
		return Money{}, fmt.Errorf("shop: %q has too many digits for %s", amount, currency)
	}
	return Money{Minor: r.Num().Int64(), Currency: strings.ToUpper(currency)}, nil
}

// Decimal writes the amount with the currency's decimals and a point: "1234.50".
func (m Money) Decimal() string {
	e := Exponent(m.Currency)
	sign, v := "", m.Minor
	if v < 0 {
		sign, v = "-", -v
	}
	s := fmt.Sprintf("%0*d", e+1, v)
	if e == 0 {
		return sign + s
	}
	return sign + s[:len(s)-e] + "." + s[len(s)-e:]
}

// String is the canonical form that facts carry: "1234.50 EUR".
func (m Money) String() string { return m.Decimal() + " " + m.Currency }

package csv

import (
	"fmt"
	"strings"
	"time"

	"castor/internal/event"
)

// Reader reads lines as the filter does, for the codec. It is not safe for concurrent use.
type Reader struct {
	dialect dialect
	cells   []cell
}

// NewReader makes a reader; the separator is not empty, the quote is one character.
func NewReader(separator, quote string) *Reader {
	return &Reader{dialect: dialect{separator: separator, quote: quote}}
}

// Row reads the values of the first line of text: strings, and null where nothing stands. Without a line, ok is false.
func (r *Reader) Row(text string) (values []event.Value, ok bool, err error) {
	r.cells, ok, err = r.dialect.firstRow(r.cells[:0], text)
	for _, c := range r.cells {
		values = append(values, asIs(c))
	}
	return values, ok, err
}

// Conversion makes something else of a value of a row.
type Conversion func(v event.Value, zone *time.Location) (event.Value, error)

// ConversionTo finds the conversion to integer, float, date, date_time or boolean.
func ConversionTo(name string) (Conversion, error) {
	convert := conversions[name]
	if convert == nil {
		return nil, fmt.Errorf("there is no conversion to %q; expected one of: %s", name, strings.Join(conversionNames, ", "))
	}
	return func(v event.Value, zone *time.Location) (event.Value, error) {
		return convert(cell{text: v.Str(), null: v.IsNull()}, zone)
	}, nil
}

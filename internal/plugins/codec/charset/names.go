package charset

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
)

// find returns the decoder of a name in upper case without hyphens, nil when there is none. The names are a
// table of our own because those of x/text bring in the names of all the world's languages.
func find(name string) transform.Transformer {
	if enc := unicodes(name); enc != nil {
		return enc.NewDecoder()
	}
	if enc := asian(name); enc != nil && (name == "SHIFTJIS" || name == "EUCJP") {
		return transform.Chain(enc.NewDecoder(), runes.Map(jis))
	} else if enc != nil {
		return enc.NewDecoder()
	}
	return singleByte(name)
}

func unicodes(name string) encoding.Encoding {
	switch name {
	case "UTF16":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "UTF16BE", "UCS2BE":
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case "UTF16LE":
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "UTF32":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	case "UTF32BE", "UCS4BE":
		return utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)
	case "UTF32LE", "UCS4LE":
		return utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)
	}
	return nil
}

// jis has the seven characters that are others in JIS than in Microsoft's encodings, which x/text decodes.
func jis(r rune) rune {
	switch r {
	case '―':
		return '—'
	case '～':
		return '〜'
	case '∥':
		return '‖'
	case '－':
		return '−'
	case '￠':
		return '¢'
	case '￡':
		return '£'
	case '￢':
		return '¬'
	}
	return r
}

func asian(name string) encoding.Encoding {
	switch name {
	case "SHIFTJIS", "SJIS", "WINDOWS31J", "CSWINDOWS31J", "CP932", "PCK", "MSKANJI":
		return japanese.ShiftJIS
	case "EUCJP", "EUCJPMS", "CP51932":
		return japanese.EUCJP
	case "ISO2022JP", "ISO2022JP2", "CP50220", "CP50221":
		return japanese.ISO2022JP
	case "EUCKR", "CP949", "KSC56011987":
		return korean.EUCKR
	case "GBK", "CP936", "GB2312", "EUCCN":
		return simplifiedchinese.GBK
	case "GB18030":
		return simplifiedchinese.GB18030
	case "HZGB2312":
		return simplifiedchinese.HZGB2312
	case "BIG5", "CP950", "CP951", "BIG5HKSCS", "BIG5HKSCS2008", "BIG5UAO":
		return traditionalchinese.Big5
	}
	return nil
}

// families are the prefixes of numbered encodings.
var families = []struct{ prefix, canonical string }{
	{"ISO8859", "ISO8859"}, {"WINDOWS", "CP"}, {"IBM", "CP"}, {"CP", "CP"},
}

func singleByte(name string) transform.Transformer {
	for _, f := range families {
		if number, ok := strings.CutPrefix(name, f.prefix); ok {
			name = f.canonical + " " + number
			break
		}
	}
	if high, ok := upperHalves[name]; ok {
		return ofRunes(high)
	}
	if cm := charmaps[name]; cm == nil {
		return nil
	} else if strings.HasPrefix(name, "ISO") && cm != charmap.ISO8859_1 {
		return iso(cm)
	} else {
		return cm.NewDecoder()
	}
}

// charmaps are by names as families writes them.
var charmaps = map[string]*charmap.Charmap{
	"KOI8R": charmap.KOI8R, "CP 878": charmap.KOI8R, "MACINTOSH": charmap.Macintosh, "LATIN1": charmap.ISO8859_1, "EBCDICCPUS": charmap.CodePage037,
	"ISO8859 1": charmap.ISO8859_1, "ISO8859 2": charmap.ISO8859_2, "ISO8859 3": charmap.ISO8859_3, "ISO8859 4": charmap.ISO8859_4,
	"ISO8859 5": charmap.ISO8859_5, "ISO8859 6": charmap.ISO8859_6, "ISO8859 7": charmap.ISO8859_7, "ISO8859 8": charmap.ISO8859_8,
	"ISO8859 9": charmap.ISO8859_9, "ISO8859 10": charmap.ISO8859_10, "ISO8859 13": charmap.ISO8859_13, "ISO8859 14": charmap.ISO8859_14,
	"ISO8859 15": charmap.ISO8859_15, "ISO8859 16": charmap.ISO8859_16,
	"CP 1250": charmap.Windows1250, "CP 1251": charmap.Windows1251, "CP 1252": charmap.Windows1252, "CP 1253": charmap.Windows1253,
	"CP 1254": charmap.Windows1254, "CP 1255": charmap.Windows1255, "CP 1256": charmap.Windows1256, "CP 1257": charmap.Windows1257,
	"CP 1258": charmap.Windows1258, "CP 874": charmap.Windows874,
	"CP 437": charmap.CodePage437, "CP 850": charmap.CodePage850, "CP 852": charmap.CodePage852, "CP 855": charmap.CodePage855,
	"CP 858": charmap.CodePage858, "CP 860": charmap.CodePage860, "CP 862": charmap.CodePage862, "CP 863": charmap.CodePage863,
	"CP 865": charmap.CodePage865, "CP 866": charmap.CodePage866, "CP 037": charmap.CodePage037, "CP 1047": charmap.CodePage1047,
	"CP 1140": charmap.CodePage1140,
}

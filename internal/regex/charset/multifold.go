package charset

// Multi is a sequence of folded characters that is equal, regardless of case, to single ones: ss is ß.
type Multi struct {
	Seq  []rune
	Same []rune
}

// Multis lists all such sequences of Unicode's case folding. The slice is made anew at every call.
func Multis() []Multi {
	list := []Multi{
		{[]rune("ss"), []rune("ßẞ")}, {[]rune("ff"), []rune("ﬀ")}, {[]rune("fi"), []rune("ﬁ")}, {[]rune("fl"), []rune("ﬂ")},
		{[]rune("ffi"), []rune("ﬃ")}, {[]rune("ffl"), []rune("ﬄ")}, {[]rune("st"), []rune("ﬅﬆ")},
		{[]rune("i\u0307"), []rune("İ")}, {[]rune("\u02bcn"), []rune("ŉ")}, {[]rune("j\u030c"), []rune("ǰ")},
		{[]rune("h\u0331"), []rune("ẖ")}, {[]rune("t\u0308"), []rune("ẗ")}, {[]rune("w\u030a"), []rune("ẘ")}, {[]rune("y\u030a"), []rune("ẙ")},
		{[]rune("a\u02be"), []rune("ẚ")},
		{[]rune("եւ"), []rune("և")}, {[]rune("մն"), []rune("ﬓ")}, {[]rune("մե"), []rune("ﬔ")}, {[]rune("մի"), []rune("ﬕ")},
		{[]rune("վն"), []rune("ﬖ")}, {[]rune("մխ"), []rune("ﬗ")},
		{[]rune("υ\u0313"), []rune("\u1f50")}, {[]rune("υ\u0313\u0300"), []rune("\u1f52")}, {[]rune("υ\u0313\u0301"), []rune("\u1f54")},
		{[]rune("υ\u0313\u0342"), []rune("\u1f56")},
		{[]rune("ι\u0308\u0301"), []rune("\u0390\u1fd3")}, {[]rune("υ\u0308\u0301"), []rune("\u03b0\u1fe3")},
		{[]rune("ι\u0308\u0300"), []rune("\u1fd2")}, {[]rune("ι\u0342"), []rune("\u1fd6")}, {[]rune("ι\u0308\u0342"), []rune("\u1fd7")},
		{[]rune("υ\u0308\u0300"), []rune("\u1fe2")}, {[]rune("ρ\u0313"), []rune("\u1fe4")}, {[]rune("υ\u0342"), []rune("\u1fe6")},
		{[]rune("υ\u0308\u0342"), []rune("\u1fe7")},
	}
	return append(list, iotaSubscripts()...)
}

// iotaSubscripts are the Greek vowels with an iota below, which fold to the vowel and an iota.
func iotaSubscripts() (list []Multi) {
	for i := range rune(8) {
		for _, v := range [][2]rune{{0x1f00, 0x1f80}, {0x1f20, 0x1f90}, {0x1f60, 0x1fa0}} {
			list = append(list, Multi{[]rune{v[0] + i, 'ι'}, []rune{v[1] + i, v[1] + 8 + i}})
		}
	}
	for _, v := range []struct{ base, grave, acute, below rune }{{'α', 0x1f70, 0x3ac, 0x1fb3}, {'η', 0x1f74, 0x3ae, 0x1fc3}, {'ω', 0x1f7c, 0x3ce, 0x1ff3}} {
		list = append(list,
			Multi{[]rune{v.grave, 'ι'}, []rune{v.below - 1}}, Multi{[]rune{v.base, 'ι'}, []rune{v.below, v.below + 9}},
			Multi{[]rune{v.acute, 'ι'}, []rune{v.below + 1}}, Multi{[]rune{v.base, 0x342}, []rune{v.below + 3}},
			Multi{[]rune{v.base, 0x342, 'ι'}, []rune{v.below + 4}})
	}
	return list
}

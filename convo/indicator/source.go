package indicator

// Reference is a publication that an entry rests on.
type Reference struct {
	Key  string `json:"key"`
	Text string `json:"text"`
	// Summarised marks a publication known through later papers that
	// summarise it, which was not read again in full for the catalogue.
	Summarised bool `json:"summarised,omitempty"`
}

// unmeasured is the key of entries without a published figure.
const unmeasured = "NONE"

// Source returns the text of the reference with a key, and false for a key
// that is not in [Sources].
func Source(key string) (string, bool) {
	for i := range references {
		if references[i].Key == key {
			return references[i].Text, true
		}
	}
	return "", false
}

// Sources returns all references, in a fixed order. The slice belongs to the
// caller.
func Sources() []Reference { return append([]Reference(nil), references[:]...) }

// references is never written to.
var references = [...]Reference{
	{Key: "LUX2", Text: "ECPAT International and Interagency Working Group: Terminology Guidelines for the Protection of Children from Sexual Exploitation and Sexual Abuse, second edition, April 2025"},
	{Key: "OCO03", Text: "O'Connell: A typology of child cybersexploitation and online grooming practices, University of Central Lancashire, 2003", Summarised: true},
	{Key: "OLS07", Text: "Olson, Daggs, Ellevold, Rogers: a theory of luring communication, Communication Theory 17, 2007", Summarised: true},
	{Key: "BLA15", Text: "Black, Wollis, Woodworth, Hancock: a linguistic analysis of grooming strategies, Child Abuse & Neglect 44, 2015", Summarised: true},
	{Key: "LD16", Text: "Lorenzo-Dus, Izura, Pérez-Tattam: grooming discourse in computer-mediated environments, Discourse, Context & Media 12, 2016"},
	{Key: "LD23", Text: "Lorenzo-Dus, Evans, Mullineux-Morgan: Online Child Sexual Grooming Discourse, Cambridge Elements, 2023"},
	{Key: "WHI13", Text: "Whittle and others: a review of online grooming, Aggression and Violent Behavior 18, 2013", Summarised: true},
	{Key: "GUP12", Text: "Gupta, Kumaraguru, Sureka: a study of grooming conversations, 2012", Summarised: true},
	{Key: "CB14", Text: "Cano Basave, Fernandez, Alani: detecting grooming stages, SocInfo 2014"},
	{Key: "PAN12", Text: "Inches, Crestani: overview of the PAN 2012 task on chat conversations, CLEF 2012"},
	{Key: "MIL22", Text: "Milon-Flores, Cordeiro: Knowledge-Based Systems 240, 2022"},
	{Key: "STR24", Text: "Street and others: arXiv 2409.07958, 2024"},
	{Key: "BIH25", Text: "Bihani, Ringenberg, Rayz: arXiv 2502.12576 and 2502.12563, 2025"},
	{Key: "ACPIA", Text: "ACPIA repository: a repeated run of PAN12 and 600 synthetic chats"},
	{Key: "ALI23", Text: "Ali and others: Getting Meta, CSCW 2023"},
	{Key: "RAZ23", Text: "Razi and others: Sliding into My DMs, CSCW 2023"},
	{Key: "NSPCC", Text: "NSPCC and Childline: pages on grooming"},
	{Key: "CN", Text: "Childnet: pages on grooming"},
	{Key: "BRECK", Text: "Breck Foundation: warning signs"},
	{Key: "FBI", Text: "FBI: pages and alerts on sextortion"},
	{Key: "THORN24", Text: "Thorn and NCMEC: Trends in Financial Sextortion, June 2024"},
	{Key: "NCMEC", Text: "NCMEC: CyberTipline data, 2023 to 2025"},
	{Key: "WP17", Text: "Wolak, Finkelhor and others: studies of sextortion of minors, 2017 and 2018", Summarised: true},
	{Key: "IC3", Text: "FBI Internet Crime Complaint Center: annual reports and public service announcements"},
	{Key: "IC3COM", Text: "FBI Internet Crime Complaint Center: announcements on violent online networks, 2023 and 2025"},
	{Key: "FIN25", Text: "FinCEN: notice FIN-2025-NTC2, 8 September 2025"},
	{Key: "AUS22", Text: "AUSTRAC and Fintel Alliance: Combating the sexual exploitation of children for financial gain, 2019 and 2022"},
	{Key: "FINT25", Text: "FINTRAC: operational alert, November 2025"},
	{Key: "AMLC20", Text: "Anti-Money Laundering Council of the Philippines: study of 2020"},
	{Key: "AMLC23", Text: "Anti-Money Laundering Council of the Philippines: study of 2023"},
	{Key: "T589", Text: "Australian Institute of Criminology: Trends & Issues 589"},
	{Key: "T639", Text: "Australian Institute of Criminology: Trends & Issues 639"},
	{Key: "T671", Text: "Australian Institute of Criminology: Trends & Issues 671"},
	{Key: "IJM23", Text: "International Justice Mission and University of Nottingham: Scale of Harm, 2023"},
	{Key: "IWF18", Text: "Internet Watch Foundation: study of captures of live-streamed abuse, 2018"},
	{Key: "IWF", Text: "Internet Watch Foundation: hash and URL lists for members"},
	{Key: "IWF-AI", Text: "Internet Watch Foundation: reports on AI-generated material", Summarised: true},
	{Key: "IWF-KW", Text: "Internet Watch Foundation: keyword service", Summarised: true},
	{Key: "LYK20", Text: "Lykousas, Patsakis: arXiv 2004.08205, 2020"},
	{Key: "LYK21", Text: "Lykousas, Patsakis: follow-up study of LiveMe, 2021"},
	{Key: "SIO23", Text: "Stanford Internet Observatory: Cross-Platform Dynamics of Self-Generated CSAM, June 2023"},
	{Key: "LANT", Text: "Tech Coalition: transparency reports of the Lantern programme"},
	{Key: "ROB", Text: "Roblox: engineering posts"},
	{Key: "ROBPII", Text: "Roblox: model card of the classifier for personal information"},
	{Key: "SENT", Text: "Roblox: Sentinel repository"},
	{Key: "SENT20", Text: "Roblox: Sentinel repository, issue 20"},
	{Key: "HIVE", Text: "Thorn and Hive: documentation of the text classifier"},
	{Key: "TR39", Text: "Unicode Technical Standard 39: Unicode Security Mechanisms"},
	{Key: unmeasured, Text: "no published detection figure was found; included from guidance only"},
}
